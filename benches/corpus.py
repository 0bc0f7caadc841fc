#!/usr/bin/env python3
"""Write a synthetic corpus of user questions with planted duplicates.

Usage:
    python3 benches/corpus.py N --seed 7 --duplicates 0.15 \\
        --out questions.jsonl --truth truth.tsv

Each line of the JSON Lines file is one question: id, title, body (about half
of them), category, language (85 % zh, 15 % en), answer (about 60 %) and
created_at, which rises by seconds. The same arguments give the same bytes.

What the truth means. The identity of a question is its intent (what is asked)
plus the values of the intent's slots (who, where, which circumstance, ...).
Every title template names every slot, so a title alone shows its identity.
Two questions with one identity are duplicates: the same answer serves both.
Wording, synonyms, fillers, typos and punctuation are not part of the identity.
truth.tsv has the header "group<TAB>id" and one line for each question of each
group of two or more questions with one identity, in the order of the ids. A
question that is not listed has an identity of its own, but thousands of others
differ from it in one slot only: near misses that are not duplicates.

Of N questions, round(N * R) are duplicates of an earlier one. A tenth of these
copy an earlier title exactly; the others use a template which their group has
not used yet. Groups hold 2 to 6 questions (geometric, mostly 2) and lie spread
over the file.

The tables. "[a|b]" is a free choice between wordings, "{slot}" a slot. In the
slot tables ";" separates values, which count for the identity, and "|" the
synonyms of one value, which do not. An intent is a block:
    @ name category slot slot ...
    % slot = values of a slot which only this intent uses
    - title template (at least six)
    = facts for the body
    ! answer
"""

import argparse
import array
import datetime
import json
import random
import re

ZH_SLOTS = """
% city = 北京 ; 上海 ; 广州 ; 深圳 ; 杭州 ; 成都 ; 重庆 ; 武汉 ; 西安 ; 南京 ; 苏州 ; 天津 ; 郑州 ; 长沙 ; 东莞 ; 青岛 ; 沈阳 ; 宁波 ; 昆明 ; 合肥 ; 佛山 ; 无锡 ; 厦门 ; 福州 ; 济南 ; 大连 ; 哈尔滨 ; 长春 ; 石家庄 ; 南宁 ; 贵阳 ; 南昌 ; 太原 ; 兰州 ; 海口 ; 乌鲁木齐 ; 银川 ; 西宁 ; 呼和浩特 ; 温州 ; 常州 ; 徐州 ; 珠海 ; 中山 ; 惠州 ; 泉州 ; 嘉兴 ; 绍兴 ; 金华 ; 台州 ; 南通 ; 扬州 ; 烟台 ; 潍坊 ; 洛阳 ; 襄阳 ; 宜昌 ; 株洲 ; 绵阳 ; 桂林
% prov = 河南 ; 四川 ; 湖南 ; 湖北 ; 安徽 ; 江西 ; 山东 ; 河北 ; 山西 ; 陕西 ; 甘肃 ; 贵州 ; 云南 ; 广西 ; 福建 ; 黑龙江 ; 吉林 ; 辽宁
% job = 外卖骑手|外卖员 ; 快递员|快递小哥 ; 程序员|软件开发 ; 保安 ; 保洁|保洁员 ; 餐厅服务员|饭店服务员 ; 厨师 ; 货车司机|卡车司机 ; 网约车司机|网约车 ; 销售|销售员 ; 会计|财务会计 ; 培训机构老师|培训班老师 ; 护士 ; 建筑工人|工地小工 ; 电焊工|焊工 ; 流水线普工|工厂普工 ; 电话客服|客服 ; 行政文员|文员 ; 平面设计师|平面设计 ; 带货主播|主播 ; 门店店长|店长 ; 超市收银员|收银员 ; 仓库管理员|库管 ; 水电工 ; 美容师 ; 健身教练|健身房教练
% lab = 没签劳动合同|没有签书面合同|没签合同 ; 还在试用期|处于试用期 ; 正在怀孕|怀着孕|处于孕期 ; 还在哺乳期|处于哺乳期 ; 合同快到期了|合同即将到期 ; 属于劳务派遣|是劳务派遣 ; 一直没交社保|没缴社保 ; 是退休返聘的|属于退休返聘 ; 是兼职|属于兼职 ; 属于外包人员|是外包员工 ; 正在休病假|处于病假期间 ; 刚转正|刚过试用期 ; 签了竞业协议|签过竞业限制 ; 已经递了辞职信|已经提了离职
% emp = 没签劳动合同|没有签书面合同|没签合同 ; 没交社保|没缴社保 ; 还在试用期|处于试用期 ; 是退休返聘的|属于退休返聘 ; 属于劳务派遣|是劳务派遣 ; 是兼职|属于兼职 ; 属于外包人员|是外包员工 ; 是在校实习生|还没毕业在实习 ; 入职头一天|第一天上班
% adult = 我|本人 ; 我老公|我丈夫|我先生 ; 我老婆|我妻子|我媳妇 ; 我弟|我弟弟 ; 我哥|我哥哥 ; 我姐|我姐姐 ; 我妹|我妹妹 ; 我表弟 ; 我表姐 ; 我堂哥 ; 我儿子 ; 我女儿|我闺女 ; 我朋友|我一个朋友 ; 我同事|我一个同事 ; 我舅舅|我舅 ; 我小姨 ; 我侄子 ; 我外甥 ; 我女朋友|我女友 ; 我男朋友|我男友 ; 我爸|我父亲|我爸爸 ; 我妈|我母亲|我妈妈 ; 我邻居 ; 我大学同学
% elder = 我爸|我父亲|我爸爸 ; 我妈|我母亲|我妈妈 ; 我公公 ; 我婆婆 ; 我岳父|我老丈人 ; 我岳母|我丈母娘 ; 我爷爷 ; 我奶奶 ; 我外公|我姥爷 ; 我外婆|我姥姥 ; 我大伯 ; 我舅舅|我舅 ; 我姑妈|我姑姑 ; 我叔叔|我叔 ; 我继父 ; 我养母
% debtor = 朋友|一个朋友 ; 同事 ; 表哥 ; 前男友 ; 前女友 ; 大学同学 ; 高中同学 ; 邻居 ; 亲弟弟 ; 亲姐姐 ; 小舅子 ; 房东 ; 前同事 ; 合伙人|生意合伙人 ; 客户 ; 同村的人|同村人 ; 网友|网上认识的人 ; 战友 ; 堂弟 ; 以前的老板|前老板
% major = 肺癌 ; 胃癌 ; 肝癌 ; 甲状腺癌|甲状腺恶性肿瘤 ; 白血病 ; 急性心梗|急性心肌梗死 ; 脑梗|脑梗死 ; 脑出血 ; 尿毒症|终末期肾病 ; 肠癌|结直肠癌 ; 淋巴瘤 ; 帕金森|帕金森病 ; 再生障碍性贫血|再障 ; 食管癌 ; 脑膜瘤
% minor = 阑尾炎 ; 肺炎 ; 胆结石|胆囊结石 ; 肾结石 ; 腰椎间盘突出|腰突 ; 白内障 ; 痔疮 ; 胃溃疡 ; 疝气 ; 带状疱疹 ; 中耳炎 ; 痛风发作|急性痛风 ; 肠息肉
% cond = 甲状腺结节 ; 乙肝小三阳 ; 乙肝大三阳 ; 高血压 ; 糖尿病 ; 脂肪肝 ; 肺结节 ; 抑郁症 ; 早搏|心脏早搏 ; 幽门螺杆菌阳性|幽门螺杆菌感染 ; 胆囊息肉 ; 尿酸高|高尿酸 ; 哮喘 ; 类风湿|类风湿关节炎
% injury = 手指骨折 ; 小腿骨折 ; 腰椎骨折 ; 肋骨骨折 ; 锁骨骨折 ; 脑震荡 ; 手腕骨折 ; 脚踝骨折|踝骨骨折 ; 半月板损伤|半月板撕裂 ; 脸上留疤|面部留疤 ; 大面积烫伤 ; 眼部受伤|眼睛受伤 ; 跟腱断裂 ; 肩袖损伤 ; 牙齿折断|断了牙
% part = 前保险杠|前杠 ; 后视镜|倒车镜 ; 车门 ; 前挡风玻璃|前挡玻璃 ; 天窗 ; 发动机 ; 底盘 ; 轮胎 ; 轮毂 ; 大灯|前大灯 ; 后备箱盖|尾门 ; 动力电池|电池包 ; 引擎盖|机盖
% bank = 工商银行|工行 ; 建设银行|建行 ; 农业银行|农行 ; 中国银行|中行 ; 招商银行|招行 ; 交通银行|交行 ; 邮储银行|邮政储蓄银行 ; 民生银行 ; 平安银行 ; 浦发银行|浦发 ; 中信银行 ; 光大银行 ; 兴业银行 ; 广发银行 ; 农商银行|农商行 ; 华夏银行
% fam = 我出轨|我婚内出轨 ; 对方出轨|对方婚内出轨 ; 对方家暴|对方动手打人 ; 已经分居|现在分居 ; 对方赌博|对方沉迷赌博 ; 我没工作|我没有收入 ; 我在外地打工|我长期在外地 ; 孩子一直是老人带|孩子一直由老人照顾 ; 对方收入比我高|我收入没对方高 ; 对方已经起诉|对方先起诉了 ; 对方要再婚|对方准备再婚 ; 我身体有病|我患有慢性病 ; 对方不让我见孩子|对方拒绝我探望孩子
% child = 八个月的女儿 ; 八个月的儿子 ; 一岁半的女儿 ; 一岁半的儿子 ; 三岁的女儿 ; 三岁的儿子 ; 五岁的女儿 ; 五岁的儿子 ; 八岁的女儿 ; 八岁的儿子 ; 十二岁的女儿 ; 十二岁的儿子 ; 双胞胎女儿 ; 双胞胎儿子 ; 一儿一女|一对儿女 ; 患自闭症的儿子|自闭症儿子
% home = 婚前全款买的房|婚前全款房 ; 婚前付首付婚后一起还贷的房|婚前首付婚后共同还贷的房 ; 公婆出首付的婚房 ; 岳父母出首付的婚房 ; 只写对方名字的婚后房|婚后买的只写对方名字的房 ; 拆迁安置房 ; 单位房改房|房改房 ; 农村自建房|老家宅基地上的自建房 ; 小产权房 ; 还没拿到房产证的期房|没下证的期房 ; 父母赠与的房子|父母送的房子 ; 经济适用房|经适房
% estate = 房改房 ; 商品房|一套商品房 ; 农村宅基地房|农村老宅 ; 拆迁安置房 ; 拆迁补偿款|拆迁款 ; 银行存款 ; 股票和基金|股票基金 ; 一辆轿车|一辆小轿车 ; 公司股份|公司股权 ; 一间商铺|商铺 ; 公租房 ; 抚恤金和丧葬费|丧葬抚恤金 ; 集资房 ; 承包地|土地承包地
"""

EN_SLOTS = """
% city = London ; Manchester ; Birmingham ; Leeds ; Glasgow ; Edinburgh ; Bristol ; Liverpool ; Cardiff ; Belfast ; Dublin ; Cork ; Toronto ; Vancouver ; Montreal ; Calgary ; Sydney ; Melbourne ; Brisbane ; Perth ; Auckland ; Wellington ; Singapore ; Hong Kong ; Shanghai ; Shenzhen ; Chicago ; Boston ; Seattle ; Denver ; Austin ; Houston ; Atlanta ; Phoenix ; Portland ; Philadelphia ; San Diego ; Miami
% who = my father|my dad ; my mother|my mum ; my husband ; my wife ; my brother ; my sister ; my son ; my daughter ; my grandmother|my grandma ; my grandfather|my grandad ; my uncle ; my aunt ; my cousin ; my friend|a friend of mine ; my colleague|my coworker ; my neighbour|my neighbor ; my flatmate|my roommate ; my girlfriend ; my boyfriend
% job = a delivery rider|a food delivery courier ; a software engineer|a software developer ; a nurse ; a chef|a cook ; a security guard ; a cleaner ; a warehouse worker|a warehouse operative ; a truck driver|a lorry driver ; a waiter ; a sales rep|a sales representative ; an accountant ; a teacher ; a welder ; an electrician ; a call centre agent ; a graphic designer ; a shop assistant ; a hairdresser ; a care worker|a carer ; a taxi driver|a cab driver
% work = without a written contract|with no written contract ; while on probation|during probation|during the probation period ; while pregnant|during pregnancy ; while on sick leave|during sick leave ; on a zero-hours contract ; on a fixed-term contract ; through an agency|via a staffing agency ; part time|on part-time hours ; on a work visa ; on commission only|for commission only ; as a remote worker|working remotely
% injury = a broken wrist ; a broken leg ; a broken collarbone ; a concussion ; whiplash ; a back injury|an injured back ; a torn ligament ; a burned hand|burns on the hand ; an eye injury ; cracked ribs|broken ribs ; a broken ankle ; a facial scar|scarring on the face
% major = lung cancer ; bowel cancer|colon cancer ; leukaemia|leukemia ; a heart attack ; a stroke ; kidney failure ; Parkinson's disease|Parkinson's ; multiple sclerosis|MS ; lymphoma ; thyroid cancer ; liver cirrhosis ; a brain tumour|a brain tumor
% cond = high blood pressure|hypertension ; asthma ; type 2 diabetes ; depression ; a thyroid nodule ; hepatitis B ; sleep apnoea|sleep apnea ; high cholesterol ; a heart murmur ; epilepsy ; a slipped disc ; a kidney stone history|past kidney stones
% home = a studio flat|a studio apartment ; a shared house|a house share ; a one-bedroom flat|a one-bed apartment ; a basement flat|a basement apartment ; a furnished flat|a furnished apartment ; student housing|student accommodation ; a detached house ; a small shop unit|a small retail unit
% part = the front bumper ; the rear bumper ; the windscreen|the windshield ; a wing mirror|a side mirror ; the driver's door ; the gearbox|the transmission ; the engine ; the headlights ; an alloy wheel ; the sunroof ; the battery pack
% debtor = a friend ; an ex-boyfriend ; an ex-girlfriend ; a coworker|a colleague ; a cousin ; a former boss|an old boss ; a neighbour|a neighbor ; a business partner ; a brother-in-law ; a roommate|a flatmate ; a client ; someone I met online
"""

ZH_INTENTS = """
@ dismissal 劳动纠纷 job lab reason city
% reason = 说业绩不达标|以业绩考核不合格为由 ; 说架构调整|以组织架构调整为由 ; 嫌我不服从调岗|以不服从调岗为由 ; 说我迟到太多|以多次迟到为由 ; 一句理由都没给|没给任何理由 ; 说我旷工|以旷工为由 ; 说经营困难要裁员|以经营困难裁员为由 ; 说我学历造假|以学历造假为由 ; 说我泄露商业机密|以泄露商业秘密为由
- 在{city}做{job}，{lab}，[公司|老板|单位]{reason}[把我辞退|把我开除|让我走人]，[有赔偿吗|能拿到补偿吗]
- [公司|单位]{reason}[解雇|辞退]我，我在{city}干{job}，{lab}，[能不能要赔偿|可以主张赔偿金吗]
- {lab}，人在{city}，岗位是{job}，[公司|用人单位]{reason}[辞退|炒]了我，[经济补偿|赔偿金]能要吗
- 被[辞退|开除]了[怎么维权|怎么办]，[公司|老板]{reason}，[坐标|人在]{city}，做{job}的，{lab}，[能要到补偿吗|赔不赔钱]
- 用人单位{reason}解除劳动关系，劳动者{lab}，工作地{city}，岗位为{job}，[是否应支付赔偿金|可否主张赔偿金]
- [老板|公司]{reason}[不要我了|叫我别干了]，{city}，干{job}的，{lab}，[这种能赔钱吗|能拿到赔偿不]
= 我在{city}做{job}，{lab}。[上周|前几天|这个月]公司{reason}，[口头通知我不用来了|让我当天办交接]。
! [一般|通常]要看解除理由是否合法，违法解除按经济补偿标准的二倍支付赔偿金，[可在一年内申请劳动仲裁|先收集证据再申请仲裁]。

@ overtime 劳动纠纷 job city pattern excuse
% pattern = 每周上六天班|一直单休 ; 大小周|单双休轮着来 ; 天天加班到晚上十点|每天加班到22点 ; 法定节假日不放假|法定节假日照常上班 ; 夜班接着白班|白班夜班连着上 ; 春节留下值班|过年期间值班 ; 一个月只休两天|月休两天 ; 下班后还要在微信群里干活|下班后线上办公 ; 周末强制培训|周末被要求参加培训
% excuse = 公司说工资里包含了|公司称工资已含加班费 ; 公司说没有加班审批|公司称没走加班审批 ; 公司说是综合工时制|公司称实行综合工时 ; 公司只给调休|公司只肯安排调休 ; 公司说是自愿的|公司称是自愿加班 ; 公司只发餐补|公司只给餐费补贴 ; 公司说行业都这样|公司说这是行业惯例
- {city}{job}{pattern}，{excuse}，[加班费能要吗|还能要加班费吗]
- {pattern}却没有加班费，{excuse}，我在{city}做{job}，[能补吗|可以要吗]
- [想要加班费|想讨加班工资]，{excuse}，{job}岗位{pattern}，{city}[这边能要到吗|这边要得到吗]
- 我是{job}，在{city}上班，{pattern}，{excuse}，[加班工资该不该给|加班工资能要回来吗]
- 用人单位安排{job}{pattern}，{excuse}，{city}劳动者[可否主张加班工资|能否要求支付加班工资]
- {excuse}，不[给|发]加班费，{job}，{pattern}，人在{city}，[能追讨吗|要得回来吗]
= 我是{city}的{job}，{pattern}，{excuse}，[考勤记录我都截图了|有打卡记录]。
! [加班费不因公司单方说法免除|公司的说法不当然成立]，休息日二倍、法定节假日三倍，[保留考勤记录申请仲裁|可向劳动监察投诉]。

@ unpaid_wages 劳动纠纷 job city months why
% months = 两个月|2个月 ; 三个月|3个月 ; 半年|六个月 ; 快一年|将近一年 ; 最后一个月|离职当月
% why = 老板跑路了|老板联系不上了 ; 公司说没钱|公司称资金紧张 ; 公司已经注销|公司注销了 ; 我已经离职|人已经离职了 ; 没签合同|没有劳动合同 ; 只打了个欠条|老板只写了欠条 ; 包工头和开发商互相推|包工头跟开发商互相推诿 ; 公司正在破产|公司进入破产程序 ; 说要等项目结款|公司说等项目回款
- {city}做{job}，被[拖欠|欠]{months}工资，{why}，[怎么要回来|怎么办]
- {why}，{months}的工资没发，我是{city}的{job}，[怎么讨薪|该怎么要]
- [讨薪|要工资][求助|怎么办]，{job}，{city}，{months}没发，{why}
- 拖欠{job}{months}工资，{why}，在{city}[怎么追回|怎么才能拿到]
- [老板|公司]不发工资，{months}了，{why}，在{city}干{job}的，[钱怎么要回来|该怎么讨]
- 劳动者在{city}从事{job}工作，被欠薪，时长{months}，{why}，[如何追讨|可以通过什么途径追讨]
= 我在{city}做{job}，被欠{months}的工资，{why}。[催了很多次都没结果|每次问都说再等等]。
! [可先向劳动监察大队投诉|可以直接申请劳动仲裁]，[有欠条的可直接起诉|准备好工资流水和聊天记录]。

@ injury_recognition 工伤 job emp how injury city
% how = 上班路上被车撞|上班途中出车祸 ; 操作机器时受伤|操作设备时受伤 ; 送货途中摔倒|送货路上摔了 ; 卸货时被砸|卸货时被货物砸到 ; 出差途中出意外|出差路上出意外 ; 公司团建时受伤|参加公司团建时受伤 ; 午休时在食堂滑倒|午休期间在食堂摔倒 ; 在员工宿舍摔伤|在单位宿舍摔了 ; 被客户打伤|因工作被客户殴打 ; 下班后顺路买菜被撞|下班顺路买菜时被撞
- 在{city}做{job}，{emp}，{how}，{injury}，[能算工伤吗|算不算工伤]
- {how}，{injury}，我是{job}，{emp}，{city}[这边能认定工伤吗|能不能认定工伤]
- {emp}的{job}，{how}，造成{injury}，[是否属于工伤|可否认定为工伤]，地点{city}
- 工伤认定[咨询|问题]，{city}，{job}，{how}，{injury}，{emp}，[能认定吗|算不算]
- {injury}，{how}，{emp}，[公司|单位|老板]说不算工伤，{city}，干{job}的，[真的不算吗|到底算不算]
- 我干{job}的，{emp}，{how}，诊断是{injury}，[这种情况|这]是不是工伤，人在{city}
= 我在{city}做{job}，{emp}。[前几天|上个月]{how}，医院诊断{injury}，[单位不给申报|公司只肯出医药费]。
! [单位应在三十日内申报，职工本人可在一年内申请工伤认定|本人可在一年内自行申请]，[没有合同的先确认劳动关系|带上病历和劳动关系证明]。

@ injury_pay 工伤 injury grade job city
% grade = 十级|10级 ; 九级|9级 ; 八级|8级 ; 七级|7级 ; 六级|6级 ; 五级|5级
% injury = 手指截肢|断指 ; 腰椎骨折 ; 小腿骨折 ; 手腕骨折 ; 半月板损伤|半月板撕裂 ; 眼球破裂|眼球破裂伤 ; 大面积烧伤 ; 听力受损|听力下降 ; 锁骨骨折 ; 脚踝骨折|踝骨骨折 ; 跟腱断裂 ; 脊髓损伤 ; 尘肺病|尘肺
- {city}{job}工伤{injury}，鉴定为{grade}，[能赔多少钱|赔多少]
- 工伤{grade}伤残[赔偿标准|赔偿标准是多少]，{city}，{injury}，职业{job}
- {injury}评了{grade}工伤，在{city}做{job}的，[怎么赔|一共能拿多少]
- 做{job}时{injury}，劳动能力鉴定{grade}，{city}的[工伤赔偿|工伤待遇]怎么算
- {grade}伤残，{injury}，{job}，[公司|单位]该赔[多少|多少钱]，按{city}标准
- 我在{city}干{job}，{injury}，伤残等级{grade}，[总共能赔多少|可以赔到多少]
= 我在{city}做{job}，工伤造成{injury}，[刚拿到鉴定结论|鉴定结果下来了]，是{grade}。
! 包括一次性伤残补助金、医疗补助金和就业补助金，[按本人工资和{city}当地标准计算|具体月数看伤残等级]。

@ resign_blocked 劳动纠纷 job lab block city
% block = 不给批离职|不批离职申请 ; 扣着工资不发|扣押工资 ; 不开离职证明|不给离职证明 ; 要我赔违约金|要求赔偿违约金 ; 扣着我的证件|扣押证件 ; 要我赔培训费|要求赔偿培训费 ; 让我等招到人才能走|要求招到人再走 ; 不给转社保|不办社保减员
- 想[辞职|离职]，[公司|老板|单位]{block}，{city}，做{job}的，{lab}，[怎么办|咋办]
- [公司|单位]{block}，我在{city}做{job}，{lab}，[该怎么离职|怎么才能走]
- {job}[辞职|离职]，{lab}，[老板|公司]{block}，[怎么办|怎么才能走人]，坐标{city}
- 我{lab}，提了辞职，在{city}当{job}，[单位|公司]{block}，[怎么处理|该怎么处理]
- 劳动者申请离职，用人单位{block}，{lab}，岗位{job}，{city}，[如何维权|应当如何处理]
- {city}有家公司{block}，就是不让走，{job}，{lab}，[怎么才能离职|怎么脱身]
= 我在{city}做{job}，{lab}，[想换个工作|家里有事要走]，公司{block}。
! 提前三十天书面通知即可离职，[无须公司批准|公司不得扣押工资和证件]，[可向劳动监察投诉|书面通知要留底]。

@ maternity 劳动纠纷 job birth insured city
% birth = 顺产 ; 剖腹产|剖宫产 ; 生双胞胎|怀的双胞胎 ; 怀孕三个月流产|孕三月流产 ; 生二胎|生二宝 ; 生三胎 ; 早产 ; 引产|中期引产 ; 试管婴儿生产|试管生子
% insured = 公司没交生育险|单位没缴生育保险 ; 社保断过两个月|社保中断过两个月 ; 社保刚交三个月|社保才缴了三个月 ; 生育险一直交着|生育保险连续缴纳 ; 社保交在外地|社保在外地缴 ; 刚换了工作|换了新单位 ; 公司按最低基数交|单位按最低基数缴社保
- {city}{job}{birth}，{insured}，产假[工资谁发|工资谁来出]
- {insured}，{birth}，在{city}做{job}，[产假工资谁发|产假的钱谁出]
- 产假工资[该谁发|由谁出]，{birth}，{job}，{insured}，{city}
- 女职工{birth}，{insured}，{city}[生育津贴由谁支付|产假待遇由谁承担]，岗位{job}
- 我是{job}，{birth}，{insured}，休产假[工资归谁发|钱由谁出]，人在{city}
- {birth}的[产假工资|产假钱]找谁[领|要]，{city}，{insured}，我做{job}
= 我在{city}做{job}，{insured}，这次是{birth}。[人事说不清楚|人事让我自己去问]。
! 符合缴费年限的由生育保险基金支付津贴，[否则由单位按产假工资承担|单位未缴的由单位补足]，天数按{city}规定。

@ noncompete 劳动纠纷 job next comp city
% next = 去同行公司上班|跳槽到同行 ; 自己开公司|自己创业开公司 ; 去原来的客户那里上班|去原公司客户那里 ; 用家人名义开店|以家人名义开店 ; 去上下游供应商上班|去供应商那边工作 ; 接私活|私下接单 ; 做自媒体
% comp = 公司没给补偿|公司一直没付补偿金 ; 每月给补偿|公司按月付补偿金 ; 补偿金特别低|补偿低于最低工资 ; 违约金写了五十万|约定违约金50万 ; 协议没写地域|协议没约定地域范围 ; 离职时没提这事|离职时公司没提竞业 ; 被公司起诉了|公司已经起诉
- {city}{job}离职后{next}，签过竞业协议，{comp}，[会不会违约|算违约吗]
- 竞业[协议|限制]{comp}，我想{next}，原来在{city}做{job}，[算违约吗|会违约吗]
- 签了竞业限制，{comp}，{job}离职{next}[算违约吗|构成违约吗]，{city}
- {comp}，那竞业限制还[要遵守吗|得遵守吗]，{job}，打算{next}，{city}
- 原岗位{job}，{city}，离职后{next}，{comp}，[是否违反竞业限制|是否构成竞业违约]
- 我{next}会违反竞业吗，{comp}，之前干{job}，在{city}
= 我原来在{city}做{job}，签过竞业限制，{comp}，现在{next}。
! [公司三个月未付补偿的，可请求解除竞业限制|是否有效要看补偿和范围]，[在此之前仍应履行|违约金过高可请求调低]。

@ social_unpaid 劳动纠纷 job fact year city
% year = 干了半年|工作半年 ; 干了一年多|工作一年多 ; 干了三年|工作三年 ; 干了五年|工作五年 ; 干了快十年|工作近十年 ; 干了十五年|工作十五年
% fact = 签了自愿放弃声明|签过自愿放弃社保的承诺 ; 公司折成现金发了|公司把社保折现发了 ; 公司用商业险代替|单位拿商业险顶替 ; 没签劳动合同|没有签书面合同 ; 已经离职|人已经离职 ; 是农村户口|农村户籍 ; 公司是个体户|单位是个体工商户 ; 快到退休年龄|临近退休
- {city}{job}{year}，[公司|单位]不交社保，{fact}，[能让公司补交吗|可以要求补缴吗]
- [公司|老板]一直没给我上社保，{fact}，在{city}做{job}{year}，[能要求补缴吗|可以让公司补吗]
- {fact}，[单位|公司]没缴社保，我是{job}，{year}了，{city}[能补缴吗|这边能补吗]
- [社保补缴|补交社保][咨询|问题]，{job}，{year}，{fact}，{city}，[可以要求单位补吗|单位必须补吗]
- 用人单位未缴纳社会保险，劳动者{year}，{fact}，岗位{job}，{city}，[能否要求补缴|是否有权要求补缴]
- {year}才发现没社保，{fact}，干{job}，[能找老板补吗|老板得补吗]，坐标{city}
= 我在{city}做{job}，{year}，公司没给我交社保，{fact}。
! 缴纳社保是法定义务，[自愿放弃的约定无效|不能以现金代替]，[可向社保征缴部门投诉要求补缴|也可据此解除合同并要求经济补偿]。

@ custody 婚姻家庭 child fam side city
% side = 女方|妈妈这边 ; 男方|爸爸这边
- 离婚{child}[会判给谁|判给谁]，{fam}，我是{side}，{city}
- {city}离婚想要{child}的抚养权，{fam}，{side}[机会大吗|有胜算吗]
- {fam}，离婚时{child}会[判给|跟]{side}吗，在{city}起诉
- 我是{side}，{fam}，[争得到|能拿到]{child}的抚养权吗，在{city}打官司
- 离婚诉讼中{child}抚养权如何确定，{fam}，主张方为{side}，{city}
- 想离婚，舍不得{child}，{fam}，{side}能[争到|要到]抚养权吗，人在{city}
= 我们有{child}，{fam}，我是{side}，[在{city}生活|家在{city}]，[准备起诉离婚|正在谈离婚]。
! [不满两周岁一般随母亲，两周岁以上按最有利于未成年子女原则|以对孩子最有利为原则]，[八周岁以上尊重孩子意愿|要准备抚养条件的证据]。

@ divorce_house 婚姻家庭 home marry fam city
% marry = 结婚不到一年|婚龄不满一年 ; 结婚三年 ; 结婚七年|婚后七年 ; 结婚十几年|婚龄十几年 ; 二婚|再婚
- 离婚{home}[怎么分|怎么分割]，{marry}，{fam}，{city}
- {city}离婚，{marry}，{fam}，{home}[归谁|算谁的]
- {marry}要离婚，{home}[该怎么分|怎么分]，{fam}，房子在{city}
- {home}[该怎么分|归谁]，{marry}，{fam}，{city}要离婚
- {fam}，离婚分房子，{home}，{marry}，{city}法院[怎么判|一般怎么判]
- 关于{home}的离婚分割，{marry}，{fam}，房屋位于{city}，[应如何处理|如何分割]
= 我们{marry}，{fam}，现在谈离婚，主要争的是{home}，在{city}。
! [先看出资时间、来源和登记情况|先分清个人财产和共同财产]，[婚后还贷及增值部分一般应补偿|有过错的一方可少分]。

@ divorce_refused 婚姻家庭 cause kids where city
% cause = 对方出轨|对方有外遇 ; 被家暴|遭到家暴 ; 分居两年多|已分居两年以上 ; 对方失踪|对方下落不明 ; 对方吸毒 ; 对方坐牢|对方在服刑 ; 性格不合|没有感情了 ; 对方欠了很多赌债|对方赌博欠债 ; 对方有精神病|对方患精神疾病 ; 对方转移财产
% kids = 没有孩子|还没孩子 ; 孩子还在吃奶|孩子在哺乳期 ; 孩子上幼儿园 ; 孩子上小学 ; 孩子快高考|孩子读高三 ; 孩子已成年 ; 正怀着孕|女方怀孕中 ; 有两个孩子
% where = 对方在国外|对方定居国外 ; 对方在外地|对方在外省 ; 住在一起|还同住 ; 我搬回娘家|我回娘家住了 ; 是异地登记的|在外省领的证 ; 第一次起诉没判离|首次起诉被驳回 ; 结婚证丢了|结婚证找不到了
- 想离婚对方不同意，{cause}，{kids}，{where}，{city}[怎么起诉|怎么起诉离婚]
- {cause}，{kids}，我要离婚对方死活不[肯|签字]，{where}，人在{city}，[怎么办|怎样才能离]
- {city}单方[起诉离婚|诉讼离婚]，{where}，{cause}，{kids}，[该怎么弄|怎么走程序]
- {where}，{cause}，对方不同意离，{kids}，在{city}[怎么才能离掉|怎样起诉离婚]
- 一方要求离婚另一方不同意，{cause}，{kids}，{where}，{city}，[应如何起诉离婚|如何诉讼离婚]
- {kids}，{cause}，{where}，协议离不成，{city}[怎么打离婚官司|怎么起诉]
= {cause}，{kids}，{where}，我在{city}想离婚，对方[不同意|拖着不办]。
! 协商不成可向被告住所地或经常居住地法院起诉，[感情确已破裂的应判离|有法定情形调解无效应准予离婚]，[首次未判离的六个月后可再诉|女方孕期男方不得起诉]。

@ bride_price 婚姻家庭 amount status blame city
% amount = 六万六|6.6万 ; 八万八|8.8万 ; 十万|10万 ; 十二万八|12.8万 ; 十八万八|18.8万 ; 二十八万|28万 ; 三金|金首饰 ; 一辆车|一台车
% status = 只订了婚|才刚订婚 ; 办了酒席没领证|摆了酒没登记 ; 领了证没同居|领证后没一起住 ; 领证三个月就离|登记三个月离婚 ; 同居一年没领证|同居一年未登记 ; 结婚两年离婚 ; 已经生了孩子|有了孩子 ; 流产过|怀孕又流产
% blame = 女方提出分开|女方要分 ; 男方提出分开|男方要分 ; 男方出轨 ; 女方出轨 ; 女方父母反对|女方家里不同意 ; 性格不合分手|双方性格不合 ; 隐瞒重大疾病|婚前隐瞒病情
- 彩礼给了{amount}，{status}，{blame}，{city}，[能要回来吗|可以退吗]
- {blame}，{status}，{amount}的彩礼[能退吗|退不退]，{city}这边
- {city}退彩礼，{status}，给的是{amount}，{blame}，[能退回来吗|要得回来吗]
- {status}，{blame}，彩礼{amount}，[可以要求返还吗|能要求退吗]，{city}
- 彩礼返还纠纷，{amount}，{blame}，{status}，{city}，[能否主张返还|是否支持返还]
- 给了{amount}当彩礼，{blame}，{status}，[想要回来行吗|能要回彩礼吗]，坐标{city}
= 彩礼给了{amount}，{status}，{blame}，[现在两家谈不拢|双方闹得很僵]，都在{city}。
! 未登记的原则上应返还，[已共同生活的酌情返还|综合同居时间、孕育和过错确定比例]。

@ child_support 婚姻家庭 child work payer city
% work = 对方没工作|对方无业 ; 对方做生意收入不固定|对方是做生意的 ; 对方是公务员 ; 对方开网约车 ; 对方打零工 ; 对方月薪五千|对方每月工资5000 ; 对方月薪两万|对方每月工资2万 ; 对方在国外工作 ; 对方是军人 ; 对方负债累累|对方欠一堆债
% payer = 从来没给过|一分都没给 ; 突然不给了|最近停付 ; 只给了一半|每次只给一半 ; 我想增加数额|我想要求增加 ; 对方要求减少|对方想降低数额 ; 还没谈好|还没约定 ; 协议写了自愿放弃|协议里我放弃了 ; 对方要一次性付清|对方想一次付清
- {child}的抚养费[怎么算|给多少]，{work}，{payer}，{city}
- {city}离婚后{work}，{child}抚养费{payer}，[应该给多少|该按多少给]
- {work}，{payer}，{child}每月抚养费[应该多少|什么标准]，在{city}
- 抚养费{payer}，孩子是{child}，{work}，{city}[一个月该多少|每月标准多少]
- 离婚后{child}由我带，抚养费{payer}，{work}，按{city}标准[是多少|怎么定]
- {payer}，说的是{child}的抚养费，{work}，[该给多少才对|应该按多少算]，{city}
= 我带着{child}住在{city}，{work}，抚养费{payer}。
! 有固定收入的一般按月总收入的百分之二十至三十，[无固定收入的参照当地平均收入|可协商，协商不成向法院起诉]。

@ violence_order 婚姻家庭 actor act proof city
% actor = 老公|丈夫 ; 老婆|妻子 ; 前夫 ; 前妻 ; 男朋友|男友 ; 公公 ; 亲生父亲|父亲 ; 继父 ; 儿子 ; 同居的前男友
% act = 喝醉了就打我|酒后打人 ; 经常扇耳光|总是扇我耳光 ; 把我打到住院|打到我住院 ; 不打但天天辱骂|长期辱骂 ; 跟踪骚扰|一直跟踪骚扰我 ; 把我锁在家里|限制我出门 ; 威胁要杀我全家|扬言伤害我家人 ; 当着孩子面动手|当着孩子打我
% proof = 有报警记录|报过警 ; 没有报警|从没报过警 ; 只有伤情照片|只拍了伤口照片 ; 有监控录像|有监控视频 ; 有聊天记录 ; 有保证书|写过保证书 ; 邻居能作证|有邻居作证 ; 有医院诊断|有就诊病历
- 被{actor}家暴，{act}，{proof}，{city}，[能申请保护令吗|可以申请人身安全保护令吗]
- {actor}{act}，{proof}，能在{city}申请[人身安全保护令|保护令]吗
- 人身[安全|]保护令[能申请吗|能办吗]，{actor}{act}，{proof}，{city}
- {city}，{act}的是我{actor}，{proof}，[想申请人身保护令行吗|可以申请保护令吗]
- {proof}，{actor}{act}，法院会发保护令吗，我在{city}
- 遭受{actor}家庭暴力，{act}，{proof}，拟在{city}申请保护令，[是否符合条件|能否获准]
= {actor}{act}，{proof}，我现在住在{city}，[很害怕|晚上都不敢睡]。
! 可向居住地或家暴发生地基层法院申请，[一般七十二小时内作出裁定，紧急的二十四小时|不需要先离婚]，[紧急情况先报警|报警回执很重要]。

@ elder_support 婚姻家庭 elder refuse state city
% refuse = 大儿子不管|大儿子不肯出钱 ; 女儿说嫁出去了不用管|女儿称已出嫁不赡养 ; 几个子女互相推|子女之间互相推诿 ; 独生子女没收入|独生子女失业 ; 继子女不养|继子女不肯赡养 ; 说分家没分到房|以没分到房为由不养 ; 养子不养|养子拒绝赡养 ; 子女在国外|子女都在国外 ; 签过断绝关系协议|写过断绝关系书
% state = 瘫痪在床 ; 得了老年痴呆|患阿尔茨海默病 ; 没有退休金 ; 住养老院要钱|养老院费用交不起 ; 住院等钱用|住院急需用钱 ; 一个人独居|独自居住 ; 退休金很低 ; 再婚了|又再婚
- {elder}{state}，{refuse}，{city}，[赡养费怎么要|怎么要赡养费]
- {refuse}，{elder}{state}，在{city}怎么[起诉|告]
- {city}老人赡养问题，{elder}{state}，{refuse}，[怎么办|怎么要赡养费]
- 赡养费[怎么追要|怎么才能要到]，{elder}{state}，{refuse}，{city}
- {refuse}，不赡养老人，{elder}{state}，[怎么让子女出钱|怎么要求给赡养费]，坐标{city}
- 关于{elder}的赡养，{state}，{refuse}，{city}[如何主张赡养费|如何要求履行赡养义务]
= {elder}{state}，{refuse}，人在{city}，[村委会调解过没用|调解过几次]。
! 赡养是法定义务，[不能附加条件|不因分家或协议免除]，[可向法院起诉要求给付赡养费|数额看当地生活水平和子女能力]。

@ fault_share 交通事故 mine scene other city
% mine = 电动车|电瓶车 ; 自行车|单车 ; 小轿车|私家车 ; 摩托车 ; 三轮车 ; 外卖电动车 ; 货车 ; 网约车 ; 平衡车 ; 老年代步车
% scene = 对方突然变道|对方变道没打灯 ; 对方开车门|对方突然开车门 ; 路口都是绿灯|路口双方都绿灯 ; 我闯了红灯|我没看红灯 ; 我逆行|我在逆行 ; 对方倒车 ; 对方掉头 ; 我追尾对方|我撞了对方车尾 ; 对方闯红灯 ; 路口没有红绿灯|无信号灯路口 ; 对方急刹|对方突然急刹车 ; 我没戴头盔|没戴头盔 ; 停车场里剐蹭|停车场刮蹭
% other = 公交车 ; 出租车|的士 ; 渣土车 ; 小轿车|小汽车 ; 半挂车|大挂车 ; 行人 ; 电动自行车 ; 洒水车|环卫洒水车 ; 快递三轮车|快递三轮 ; 校车
- 我的{mine}和{other}撞了，{scene}，{city}，[责任怎么划分|谁的责任]
- {scene}，{mine}与{other}相撞，[事故责任怎么认定|谁负主要责任]，{city}
- {city}交通事故，{mine}撞{other}，{scene}，[算谁的责任|怎么定责]
- 我{mine}跟一辆{other}出了事故，{scene}，在{city}，[我要负全责吗|我有没有责任]
- 事故责任[划分|认定]咨询，{scene}，我方{mine}，对方{other}，{city}
- {other}跟我的{mine}碰上了，{scene}，[交警会怎么判|交警一般怎么定]，{city}
= 在{city}，我的{mine}和{other}发生碰撞，{scene}，[还没出认定书|交警还在调查]。
! 以交警出具的事故认定书为准，[不服可在三日内申请复核|看双方过错和作用大小]，[保留行车记录仪视频|现场照片很重要]。

@ traffic_pay 交通事故 adult injury insured work city
% insured = 对方全责只有交强险|对方全责但只买了交强险 ; 对方全责保险齐全|对方全责且有商业险 ; 对方没买保险|对方车辆脱保 ; 双方同等责任|双方同责 ; 对方主责|对方负主要责任 ; 对方无证驾驶|对方没驾照 ; 对方是酒驾|对方酒后驾车
% work = 没有固定工作|打零工的 ; 是个体户|做个体生意 ; 已经退休|退休在家 ; 有正式工作|有单位有工资 ; 是在校学生|还在上学 ; 农村户口|农村户籍
- {adult}被车撞了，{injury}，{work}，{insured}，{city}[能赔多少|可以赔多少钱]
- 交通事故{injury}，伤者是{adult}，{work}，{insured}，在{city}[能赔多少|可以赔多少钱]
- {insured}，{adult}{injury}，{work}，[赔偿怎么算|赔多少合理]，{city}
- {city}车祸赔偿，{adult}{work}，{injury}，{insured}，[该要多少|要多少合适]
- {adult}出车祸{injury}，{insured}，{work}，[可以要多少赔偿|能拿多少赔偿]，{city}
- 机动车交通事故，受害人系{adult}，{work}，{injury}，{insured}，{city}[赔偿标准如何计算|赔偿数额如何确定]
= {adult}在{city}被车撞伤，{injury}，{insured}。伤者{work}，[还在治疗|刚出院]。
! 可主张医疗费、误工费、护理费、营养费和交通费，[构成伤残的另有残疾赔偿金|先由交强险赔付，不足部分按责任承担]。

@ drunk_driving 交通事故 level vehicle scene job city
% level = 酒精含量45|酒测45毫克 ; 酒精含量79|酒测79毫克 ; 酒精含量85|酒测85毫克 ; 酒精含量130|酒测130毫克 ; 酒精含量210|酒测210毫克 ; 拒绝吹气被抽血|拒绝吹气后抽血
% vehicle = 开小轿车|开私家车 ; 骑摩托车 ; 骑电动车|骑电瓶车 ; 开货车 ; 开出租车 ; 开三轮车
% scene = 第二天早上隔夜酒|是隔夜酒 ; 在小区里挪车|小区内挪车 ; 撞了护栏没伤人|只撞了护栏 ; 追尾了前车|追尾别人 ; 路上被查没出事故|例行检查没出事 ; 撞伤了一个人|有一人受伤 ; 代驾走后自己停车|代驾离开后自己倒车入库 ; 五年内第二次|五年内再犯
% job = 是公务员|公务员身份 ; 是教师|教师职业 ; 在国企上班|国企员工 ; 是党员|党员身份 ; 是大学生|在读大学生 ; 是打工的|是普通打工者 ; 是退役军人|退役军人身份
- 酒后{vehicle}，{level}，{scene}，{job}，{city}[怎么处罚|会怎么处理]
- {level}，{vehicle}，{scene}，在{city}[会怎么处理|要受什么处罚]，本人{job}
- {job}，酒后{vehicle}被查，{scene}，{level}，{city}，[后果严重吗|会有什么后果]
- {city}酒驾咨询，{scene}，{vehicle}，{level}，{job}，[会怎么判|怎么处罚]
- 喝酒{vehicle}，{scene}，{level}，我{job}，[会有什么处罚|要承担什么后果]，人在{city}
- 饮酒后{vehicle}，{scene}，{level}，{job}，{city}[如何定性和处罚|会受到何种处罚]
= [昨晚|前天]在{city}喝了酒后{vehicle}，{scene}，{level}，我{job}。
! 每百毫升20至80毫克为饮酒驾驶，80以上为醉酒驾驶，[醉驾涉嫌危险驾驶罪|情节轻微的可能不起诉]，[公职人员另有处分|建议尽早找律师]。

@ hit_and_run 交通事故 mine scene after city
% mine = 开私家车|开小轿车 ; 骑电动车|骑电瓶车 ; 开货车 ; 骑摩托车 ; 开公司的车|开单位的车 ; 开租来的车|开租的车 ; 开朋友的车|借朋友的车开
% scene = 剐蹭了一辆停着的车|蹭了路边停的车 ; 碰倒一个老人|撞倒一位老人 ; 撞坏了护栏|撞了护栏 ; 撞了一只狗|撞死一条狗 ; 撞了外卖骑手 ; 带倒一辆电动车|刮倒一辆电瓶车 ; 撞伤一个小孩|碰到一个孩子
% after = 没发现就开走了|不知道碰到了就走了 ; 对方说没事就走了|对方说没事我就离开了 ; 留了电话走的|留下电话才走 ; 私了后对方又报警|私了了对方又报警 ; 害怕跑了半小时后自首|害怕先走半小时后投案 ; 送医院垫钱后离开|送到医院交了钱才走 ; 第二天才报警 ; 因为要赶飞机先走了
- {mine}{scene}，{after}，{city}，[算逃逸吗|算不算肇事逃逸]
- {after}[属于|算]肇事逃逸吗，{mine}{scene}，在{city}
- 在{city}{scene}，当时{mine}，{after}，[算不算逃逸|是不是肇事逃逸]
- {scene}，{after}，我是{mine}，[是逃逸吗|会被认定逃逸吗]，{city}这边
- [求助|咨询]，{after}，{scene}，{mine}，{city}交警说我逃逸，[真的算吗|能成立吗]
- {city}，{mine}时{scene}，{after}，是否构成[交通肇事逃逸|逃逸]
= [上周|前天]在{city}{mine}{scene}，{after}，[现在交警联系我|对方要追究我]。
! 逃逸要看是否知道发生事故并为逃避责任离开，[应主动配合交警说明情况|有证据证明不知情的一般不认定]。

@ violation 交通违章 viol licence how city
% viol = 闯红灯 ; 超速百分之二十以上|超速20%以上 ; 走应急车道|占用应急车道 ; 开车打电话|开车时打手机 ; 没系安全带|未系安全带 ; 不礼让行人|没让行人 ; 压实线变道|实线变道 ; 违停 ; 逆行 ; 占用公交车道|走公交专用道 ; 遮挡号牌|号牌被遮挡 ; 副驾超员|超员一人 ; 开远光灯|滥用远光
% licence = 实习期C1|C1还在实习期 ; C1老司机|C1驾照多年 ; A2驾照|A2本 ; B2驾照|B2本 ; C2驾照|C2本 ; D照摩托|D本摩托车 ; 驾照已扣了九分|本子上已扣9分 ; 外国驾照刚换的|国外驾照换领的
% how = 被电子眼拍了|被电子警察拍到 ; 被交警当场拦下|现场被交警拦 ; 被行车记录仪举报|被其他车主举报 ; 给救护车让路|为了让救护车 ; 送孕妇去医院|急送孕妇就医 ; 因为导航错了|因导航误导 ; 在外地旅游时|外地自驾时
- {city}{viol}，{licence}，{how}，[扣几分罚多少|罚多少钱扣几分]
- {licence}，{how}，{viol}，在{city}[怎么处罚|会怎么罚]
- {viol}{how}，[怎么罚|怎么处罚]，{licence}，{city}
- {how}，说我{viol}，{licence}，{city}这边[扣多少分罚多少|怎么处罚]
- {viol}[扣几分罚多少|怎么扣分罚款]，{licence}，{how}，地点{city}
- 在{city}因{viol}受罚，{how}，{licence}，[应受何种处罚|处罚标准是什么]
= [昨天|上周]在{city}{viol}，{how}，{licence}。
! 一般是罚款加记分，具体以{city}交警的处罚决定书为准，[有紧急避险等证据的可申诉|不服可在六十日内申请行政复议]。

@ rent_deposit 房屋租赁 place landlord reason city
% place = 合租单间|合租的单间 ; 一居室|一室一厅 ; 两居室|两室一厅 ; 公寓开间|单身公寓 ; 临街商铺|街边门面 ; 写字楼办公室|写字楼 ; 地下室 ; 城中村的房子|城中村民房 ; 厂房 ; 仓库 ; 青年旅舍床位|青旅床位
% landlord = 房东|房主 ; 二房东 ; 中介|房产中介 ; 长租公寓公司|长租公寓
% reason = 因为我提前退租|以提前退租为由 ; 说墙面弄脏了|以墙面污损为由 ; 说家具坏了|以家具损坏为由 ; 因为我转租|以我擅自转租为由 ; 说没提前一个月通知|以未提前一月通知为由 ; 要扣保洁费|要扣清洁费 ; 说我养猫|以养猫为由 ; 说合同丢了|说押金条丢了不认 ; 什么理由都不说|没有任何理由 ; 说新租客没找到|以没找到新租客为由
- {city}租{place}，{landlord}{reason}不退押金，[怎么办|怎么要回来]
- {landlord}不退押金，{reason}，租的是{place}，{city}，[怎么办|怎么才能退]
- 退租押金[被扣|要不回来]，{city}的{place}，{landlord}{reason}，[怎么讨|怎么要回来]
- {reason}，{landlord}扣着{place}的押金，[怎么要|怎么讨回来]，在{city}
- 我在{city}租了{place}，退房时{landlord}{reason}[扣押金|不还押金]，[该怎么处理|怎么要]
- 房屋租赁押金纠纷，标的为{place}，{landlord}{reason}拒退，{city}，[如何主张返还|如何解决]
= 在{city}租了{place}，[押一付三|签了一年]，现在退租，{landlord}{reason}，不肯退押金。
! 先看合同约定，[自然损耗不应扣押金|扣款方应举证实际损失]，[协商不成可向法院起诉或拨打12345|保留交接照片和聊天记录]。

@ lease_broken 房屋租赁 place event loss city
% place = 合租单间|合租的单间 ; 一居室|一室一厅 ; 两居室|两室一厅 ; 公寓开间|单身公寓 ; 临街商铺|街边门面 ; 写字楼办公室|写字楼 ; 厂房 ; 仓库 ; 城中村的房子|城中村民房
% event = 房东把房子卖了|房东卖房 ; 房东要自住|房东说要自己住 ; 房东要涨租|房东突然要涨房租 ; 二房东跑路|二房东卷钱跑了 ; 房子被法院查封|房子被查封拍卖 ; 房子要拆迁|赶上拆迁 ; 房东换锁赶人|房东直接换了锁 ; 停水停电逼我走|房东断水断电 ; 消防不合格被清退|因消防不合格被清退 ; 楼上漏水没法住|漏水没法使用
% loss = 刚装修完|才装修好 ; 交了一年房租|房租付了一年 ; 还剩半年到期|租期还有半年 ; 没签书面合同|只是口头约定 ; 家里有新生儿|家里有刚出生的宝宝 ; 合同写了违约金|合同约定了违约金 ; 合同没写违约责任|合同没约定违约金 ; 住了不到一个月|才住了二十几天
- {city}租的{place}，{event}，{loss}，[能要求赔偿吗|能赔吗]
- {event}让我搬走，{loss}，租的是{place}，{city}，[能让对方赔吗|可以索赔吗]
- 租期没到，{event}，{place}，{loss}，[能要赔偿吗|可以要求赔吗]，在{city}
- {loss}，{event}，我租的{place}在{city}，[能要赔偿吗|能索赔吗]
- 租约未到期，{place}因“{event}”无法继续履行，{loss}，{city}，[承租人能否主张赔偿|承租人可否索赔]
- 在{city}租{place}，{loss}，结果{event}，[对方该赔吗|能叫对方赔钱吗]
= 我在{city}租了{place}，{loss}，现在{event}，[限我一周内搬走|态度很差]。
! [买卖不破租赁，新房东应继续履行|出租方提前解约应承担违约责任]，[可主张退还剩余租金、押金和实际损失|装修损失按残值协商]。

@ late_handover 房产买卖 flat delay excuse pay city
% flat = 一套期房|期房 ; 精装修商品房|精装房 ; 毛坯房 ; 公寓|商住公寓 ; 商铺 ; 车位|地下车位 ; 别墅|联排别墅 ; 共有产权房
% delay = 逾期三个月|晚了三个月 ; 逾期半年|晚了半年 ; 逾期一年多|晚了一年多 ; 已经停工|工地停工了 ; 交了房办不了证|交房后办不下房产证 ; 通知收房但质量有问题|通知收房但有质量问题
% excuse = 开发商说是疫情影响|开发商以疫情为由 ; 开发商说环保停工|开发商以环保限产为由 ; 开发商资金链断了|开发商没钱了 ; 开发商要求先交物业费|开发商让先交物业费 ; 开发商只肯送物业费|开发商只愿抵物业费 ; 开发商破产重整
% pay = 全款|全款买的 ; 还在还贷款|按揭还着 ; 公积金贷款|公积金按揭 ; 首付分期
- {city}买的{flat}，{delay}，{excuse}，{pay}，[能要违约金吗|可以要求赔违约金吗]
- {excuse}，{flat}{delay}，{pay}，{city}，[违约金能要吗|能要求违约金吗]
- 开发商违约，{flat}，{delay}，{excuse}，{pay}，{city}，[赔不赔违约金|能要违约金吗]
- {pay}买了{flat}，{delay}，{excuse}，在{city}[能拿到违约金吗|可以主张违约金吗]
- {flat}{delay}，{excuse}，[有违约金吗|违约金给不给]，{city}，{pay}
- 商品房合同纠纷：{flat}，{delay}，{excuse}，付款方式{pay}，{city}，[买方能否主张违约金|可否要求支付违约金]
= 我在{city}买了{flat}，{pay}，现在{delay}，{excuse}。
! 按购房合同约定主张逾期违约金，[逾期超过约定期限可解除合同|一般催告三个月后仍不履行可解除]，[不可抗力要看实际影响|可向住建部门投诉]。

@ house_deposit 房产买卖 money target why party city
% money = 定金|交了定金 ; 意向金|付了意向金 ; 认筹金|交了认筹金 ; 首付款|付了首付 ; 中介费|付了中介费
% target = 二手房 ; 新房|新楼盘 ; 学区房 ; 法拍房 ; 公寓 ; 商铺 ; 小产权房 ; 车位
% why = 银行贷款没批|贷款批不下来 ; 没有购房资格|发现没有购房资格 ; 家里人不同意|家人反对 ; 房价跌了|降价了 ; 发现是凶宅|后来知道是凶宅 ; 房子有抵押|查到有抵押 ; 房主夫妻一方不同意卖|房主配偶不同意卖 ; 学位被占用|学位被占了 ; 面积和宣传不符|面积缩水 ; 我失业了|突然失业
% party = 没签正式合同|还没签买卖合同 ; 签了合同没网签|签约未网签 ; 已经网签|网签完成 ; 只有收据|只给了收据 ; 中介垫着|钱在中介手里
- {city}买{target}，{why}，{party}，{money}能退吗
- {why}不想买了，{target}，{party}，{money}[要得回来吗|退不退]，{city}
- {money}[能不能退|可以退吗]，{city}{target}，{party}，{why}
- {party}，{why}，买{target}的事黄了，{money}，[能要回来吗|对方该退吗]，{city}
- 购房纠纷，{target}，{money}，{party}，因{why}要求退款，{city}，[是否支持|能否主张退还]
- {target}没买成，{why}，{party}，涉及{money}，[能退钱吗|可以要求退回吗]，{city}
= 我在{city}看中一套{target}，{party}，后来{why}，想退钱（{money}），对方[不同意|推三阻四]。
! 定金一般买方违约不退、卖方违约双倍返还，[因不可归责双方的原因可退|意向金未转定金的可退]，[先看合同条款|保留沟通记录]。

@ leak 物业邻里 source damage refuse city
% source = 楼上卫生间|楼上厕所 ; 楼上阳台 ; 外墙 ; 屋顶|楼顶 ; 公共排水管|公共下水管 ; 楼上空调管|楼上空调排水管 ; 楼上暖气|楼上地暖 ; 隔壁水管爆裂|隔壁爆水管 ; 消防管道|消防管
% damage = 吊顶泡坏|天花板泡坏 ; 实木地板全鼓了|木地板泡鼓 ; 墙皮发霉|墙面发霉 ; 家电短路|电器短路烧坏 ; 衣柜泡坏|柜子泡坏 ; 租客退租|租客因此搬走 ; 店里货物受损|店铺的货泡坏 ; 老人滑倒受伤
% refuse = 楼上不开门|楼上拒不配合 ; 物业说不归它管|物业推说不管 ; 开发商说过了保修期|开发商称过保 ; 业主在外地联系不上|房主联系不上 ; 对方只肯赔一半|只愿赔一半 ; 说是房子老化|借口房屋老化 ; 租客和房东互相推|租客和房东互相推诿
- {source}漏水，{damage}，{refuse}，{city}，[找谁赔|该找谁]
- {city}家里被{source}漏水[淹了|泡了]，{damage}，{refuse}，[谁来赔|找谁赔]
- {damage}，因为{source}漏水，{refuse}，[该谁赔|谁负责赔]，{city}
- {refuse}，{source}漏水[该找谁赔|损失谁出]，{damage}，{city}
- {city}，{source}渗漏造成{damage}，{refuse}，[责任如何认定|由谁承担赔偿]
- {source}一直漏，{damage}，{refuse}，[到底谁赔|损失找谁要]，人在{city}
= 我家在{city}，{source}漏水，{damage}，{refuse}，[拖了好几个月|一下雨更严重]。
! 先确定漏水原因，[专有部分由业主负责，共用部分由物业或维修资金解决|保修期内找开发商]，[可委托鉴定后起诉|拍照录像留证]。

@ property_fee 物业邻里 reason home state city
% reason = 小区安保太差丢了东西|家里被盗 ; 电梯常坏没人修|电梯经常坏 ; 房子一直空置|空置没人住 ; 没签物业合同|从来没签物业合同 ; 物业擅自涨价|物业私自涨价 ; 房子质量有问题|房屋质量有问题 ; 绿化被改成停车位|绿地改成车位 ; 一楼不用电梯|住一楼不坐电梯 ; 卫生没人打扫|垃圾没人清
% home = 商品房 ; 回迁房 ; 商铺 ; 公寓 ; 别墅 ; 刚买的二手房 ; 经济适用房 ; 没交付的新房|还没收的新房
% state = 物业起诉我了|被物业起诉 ; 物业停水停电|物业断水断电 ; 物业不给门禁卡|物业停了门禁 ; 物业要滞纳金|物业加收滞纳金 ; 物业上门催|物业天天催 ; 物业已经换了|换了新物业
- {city}{home}，{reason}，[可以不交物业费吗|能拒交物业费吗]，{state}
- {reason}，我没交物业费，{state}，{home}，{city}，[可以不交吗|能不交吗]
- {state}，因为{reason}没交物业费，{city}的{home}，[合法吗|我占理吗]
- 物业费[必须交吗|可以拒交吗]，{home}，{reason}，{state}，{city}
- {home}拖着物业费没交，{reason}，{state}，[能一直不交吗|可以不给吗]，{city}
- 业主以“{reason}”为由拒交物业费，{home}，{state}，{city}，[法院会支持吗|能否成立]
= 我在{city}有一套{home}，{reason}，所以没交物业费，现在{state}。
! 一般不能以此完全拒交，[服务有明显瑕疵的可请求减免|可举证要求酌减]，[物业不得停水停电催费|空置一般也要交]。

@ loan_evidence 借款纠纷 debtor amount proof state city
% amount = 五千|5000元 ; 一万二|12000元 ; 三万|3万 ; 八万|8万 ; 十五万|15万 ; 三十万|30万 ; 六十万|60万
% proof = 没写借条只有微信聊天|只有微信聊天记录没借条 ; 只有银行转账记录|只有转账凭证 ; 借条没写还款日期|借条上没有还款期限 ; 现金给的没凭证|给的现金没证据 ; 借条上名字写错了|借条名字写错 ; 有录音没借条|只有电话录音 ; 借条过了三年|借条已经三年多 ; 借条没写利息|借条未约定利息 ; 借条复印件|只剩借条复印件
% state = 人已经失联|对方失联了 ; 把我微信拉黑|被对方拉黑 ; 说没钱还|称没钱 ; 不承认借过|否认借款 ; 说是合伙投资款|称是投资款 ; 说是赠与|称是我送的 ; 只还了一小部分|只还了一点 ; 人在外地|搬去外地
- {debtor}借了我{amount}，{proof}，{state}，[能要回来吗|起诉能要回来吗]，{city}
- {proof}，{debtor}欠{amount}，{state}，在{city}[能起诉吗|可以起诉吗]
- {city}{debtor}欠钱不还，{amount}，{state}，{proof}，[能赢吗|官司能赢吗]
- 借给{debtor}{amount}，{state}，{proof}，[能告赢吗|起诉有用吗]，{city}
- 民间借贷，借款人{debtor}，金额{amount}，{proof}，{state}，{city}，[能否起诉追讨|能否通过诉讼追回]
- {state}，{debtor}拿了我{amount}，{proof}，[能去法院告吗|可以走法律途径吗]，我在{city}
= {debtor}向我借了{amount}，{proof}，现在{state}。我在{city}，[去年借的|一开始说很快还]。
! 转账记录和聊天记录可作为证据，[向被告所在地或接收货币一方所在地法院起诉|先补一份对账或录音]，[注意三年诉讼时效|起诉后可申请财产保全]。

@ guarantor 担保 debtor loan form state city
% loan = 银行贷款 ; 买车贷款|车贷 ; 高利贷 ; 装修贷 ; 私人借款|民间借款 ; 网贷 ; 经营贷 ; 货款 ; 农信社贷款|信用社贷款
% form = 只在担保人处签了字|只签了担保人 ; 写明连带责任|写了连带责任保证 ; 没写担保期限|没约定保证期间 ; 签字时是空白合同|签的是空白合同 ; 以为是见证人|我以为只是见证人 ; 用房子抵押担保|拿房子做的抵押 ; 名字是别人代签|不是我本人签的
% state = 借款人跑了|借款人跑路 ; 借款人去世了|借款人死亡 ; 银行卡被冻结|我的卡被冻结 ; 收到法院传票|法院传票来了 ; 债主找我要钱|债主上门找我 ; 已经过了两年|过去两年多了 ; 征信受影响|我征信花了
- 给{debtor}的{loan}做担保，{form}，{state}，[我要还吗|我需要还钱吗]，{city}
- {state}，我是{debtor}{loan}的担保人，{form}，在{city}[需要我还吗|要承担吗]
- 担保人[要还钱吗|必须还吗]，{debtor}的{loan}，{form}，{state}，{city}
- {form}，{state}，{city}替{debtor}担保{loan}，[能不还吗|可以不还吗]
- 为{debtor}{loan}提供担保，{form}，{state}，{city}，[是否须承担保证责任|能否免除保证责任]
- 帮{debtor}的{loan}担保，{state}，{form}，[必须替还吗|一定要我还吗]，{city}
= 我在{city}给{debtor}的{loan}做了担保，{form}，现在{state}。
! 没约定保证方式的按一般保证，[未约定期间的为主债务到期后六个月|一般保证应先执行债务人财产]，[承担后可向债务人追偿|签名不实可申请笔迹鉴定]。

@ overdue 借款纠纷 kind long life press city
% kind = 网贷 ; 信用卡 ; 消费贷|消费贷款 ; 车贷|买车贷款 ; 房贷|住房贷款 ; 装修贷 ; 医美贷 ; 培训贷 ; 经营贷 ; 助学贷款
% long = 逾期一个月|晚还一个月 ; 逾期三个月|三个月没还 ; 逾期半年|半年没还 ; 逾期一年多|一年多没还 ; 逾期两年|两年没还
% life = 失业了|被裁员没收入 ; 生病住院|生了大病 ; 创业失败 ; 怀孕没收入 ; 家里老人重病|老人病重 ; 收入减半|工资减了一半 ; 被骗了钱|遭遇诈骗 ; 刚离婚 ; 多头负债|以贷养贷
% press = 催收打爆通讯录|催收骚扰通讯录 ; 说要上门|催收要上门 ; 威胁要起诉|说要起诉我 ; 发律师函|收到律师函 ; 打电话到单位|催收打到公司 ; 冒充法院发短信|冒充公检法发短信 ; 要我一次性还清|要求一次结清 ; 已经被起诉|已经被告了
- {kind}{long}，{life}，{press}，[怎么办|咋办]，{city}
- {life}还不上{kind}，{long}，{press}，{city}，[怎么协商分期|怎么谈分期]
- {press}，{kind}{long}，{life}，在{city}[该怎么应对|怎么处理]
- {city}{kind}还不起，{life}，{long}，{press}，[怎么跟对方协商|怎么协商停息]
- {long}了，{kind}，{press}，{life}，[该怎么处理|怎么解决]，人在{city}
- 因{life}，{kind}{long}，{press}，{city}，[如何协商还款|如何应对]
= 我在{city}，{life}，{kind}{long}，{press}，[不是不想还|想还但实在没钱]。
! 单纯欠款是民事纠纷，[应主动联系对方协商分期|一般不会坐牢]，[违规催收可向监管或平台投诉|保留录音和短信]。

@ spouse_debt 借款纠纷 use proof marry source city
% use = 赌博输了|用于赌博 ; 做生意亏了|用于做生意 ; 给小三花了|花在第三者身上 ; 家里装修用了|用于家里装修 ; 炒股亏了|用于炒股 ; 给公婆看病|给他父母看病 ; 直播打赏了|打赏主播 ; 借给他兄弟了|转借给他兄弟 ; 不知道干什么用了|用途不明
% proof = 我没签字也不知情|我完全不知情 ; 我在借条上签了字|我也签了字 ; 钱进过我的卡|钱打到过我账户 ; 我在短信里答应还|我微信里说过会还 ; 婚前就借的|是结婚前借的
% marry = 已经离婚|现在已离婚 ; 正在办离婚|正闹离婚 ; 还没离婚|婚姻还在 ; 他去世了|人已去世 ; 离婚协议写明他还|协议约定归他还
% source = 借的网贷 ; 借的私人的钱|跟私人借的 ; 刷的信用卡|信用卡透支 ; 银行贷款|向银行贷的款 ; 借的高利贷
- [老公|丈夫]欠债我要还吗，{source}，{use}，{proof}，{marry}，{city}
- [丈夫|老公]{source}，{use}，{proof}，{marry}，[算夫妻共同债务吗|是共同债务吗]，{city}
- {marry}，[老公|丈夫]{source}{use}，债主找我，{proof}，[我要承担吗|我有责任吗]，{city}
- {proof}，[丈夫|老公]的债，{source}，{use}，{marry}，在{city}[法院会让我还吗|会判我还吗]
- 夫妻共同债务[咨询|问题]，男方{source}，{use}，{proof}，{marry}，{city}，[女方要还吗|女方有责任吗]
- {city}，{marry}，债主起诉我们俩，[老公|丈夫]{source}，{use}，{proof}，[能不还吗|我能免责吗]
= [老公|丈夫]{source}，{use}，{proof}，{marry}，我在{city}。
! 共债共签，[超出家庭日常生活需要且另一方未追认的一般不算共同债务|债权人应证明用于家庭生活]，[离婚协议不能对抗债权人|应诉时提交不知情的证据]。

@ enforcement 执行 debtor asset stage city
% asset = 名下没有财产|名下查不到财产 ; 房子转给了父母|把房子过户给父母 ; 有唯一住房|只有一套住房 ; 有公积金 ; 有退休金 ; 开着豪车但不在名下|豪车登记在别人名下 ; 在当公司法人|是公司法定代表人 ; 有到期债权|别人还欠他钱 ; 房子有抵押|房产已抵押 ; 微信里有钱|微信零钱里有余额 ; 有人寿保单|买了很多保险
% stage = 判决下来不还|赢了官司不还钱 ; 刚申请强制执行|刚立执行案 ; 已经终本|法院终结本次执行 ; 调解书到期不履行|调解后不履行 ; 已列入失信名单|已是失信被执行人 ; 执行和解后又不还|和解后又反悔 ; 判决快过两年|判决快两年了没申请执行
- {debtor}欠钱，{stage}，{asset}，[怎么执行|怎么强制执行]，{city}
- {city}法院，{stage}，{debtor}{asset}，[怎么办|下一步怎么办]
- {asset}的{debtor}，{stage}，[怎么强制执行|怎么执行到钱]，{city}
- {stage}，被执行人是{debtor}，{asset}，[怎么才能执行|怎么让对方还]，在{city}
- 申请执行人咨询：被执行人{debtor}，{asset}，{stage}，{city}，[有何执行措施|如何推进执行]
- {debtor}是老赖，{asset}，{stage}，[怎么才能要回钱|还有什么办法]，坐标{city}
= {debtor}欠我钱，在{city}起诉过，{stage}，{asset}。
! [可向执行法官提供财产线索|发现财产可随时申请恢复执行]，[转移财产的可提撤销之诉|可申请限高和列入失信名单]，申请执行期限为二年。

@ will_valid 继承 elder form flaw estate city
% form = 自书遗嘱|自己手写的遗嘱 ; 打印遗嘱|电脑打印的遗嘱 ; 录音遗嘱|录音的遗嘱 ; 代书遗嘱|别人代写的遗嘱 ; 口头遗嘱|临终口头遗嘱 ; 公证遗嘱|公证过的遗嘱 ; 录像遗嘱|视频遗嘱
% flaw = 没写日期|没有日期 ; 只有一个见证人|见证人只有一位 ; 见证人是受益人|见证人是继承人之一 ; 没给未成年孩子留份|没留给未成年子女 ; 立的时候已痴呆|立遗嘱时已患痴呆 ; 前后有两份内容冲突|有两份内容相反 ; 把配偶那份也写了|处分了配偶的份额 ; 给了保姆|全给了保姆 ; 原件找不到|只剩复印件 ; 没按手印|没按手印只签名
- {elder}留了{form}，{flaw}，{estate}，[有效吗|算数吗]，{city}
- {form}{flaw}，涉及{elder}的{estate}，{city}，[有法律效力吗|法院认吗]
- {city}，{elder}的{form}，{flaw}，写的是{estate}，[其他子女能推翻吗|别的继承人能否定吗]
- {flaw}的{form}[有没有效|作不作数]，{elder}{estate}，{city}
- {elder}把{estate}写进{form}，{flaw}，[还能按遗嘱分吗|能按遗嘱继承吗]，在{city}
- 关于{form}的效力，{flaw}，立遗嘱人{elder}，遗产{estate}，{city}，[如何认定|是否有效]
= {elder}去世后留下{form}，{flaw}，主要是{estate}，在{city}，[兄弟姐妹有争议|家里吵起来了]。
! 遗嘱须符合法定形式，[以最后一份有效遗嘱为准|无效部分按法定继承]，[应为缺乏劳动能力又没有生活来源的继承人留必要份额|可申请笔迹鉴定]。

@ estate_share 继承 elder heirs estate city
% heirs = 没留遗嘱兄妹三个|无遗嘱，三个子女 ; 有再婚配偶|再婚后有继母或继父 ; 有私生子|有非婚生子女 ; 有继子女|留有继子女 ; 儿媳一直照顾|丧偶儿媳一直尽孝 ; 有个子女先去世了|一个子女先于老人去世 ; 户口都不在一起|户口不在老宅 ; 妹妹远嫁没尽孝|女儿远嫁没照顾 ; 有养子|收养过一个孩子 ; 没有子女只有侄子|无儿无女只有侄子 ; 一个继承人在国外|有继承人定居国外 ; 有未出生的孩子|有遗腹子
- {elder}去世了，{estate}[怎么分|怎么继承]，{heirs}，{city}
- {heirs}，{elder}留下的{estate}[该归谁|谁有份]，{city}
- {city}遗产继承，{elder}的{estate}，{heirs}，[每人分多少|份额怎么算]
- {elder}走了，{heirs}，{estate}在{city}[怎么分配|怎么继承]
- 法定继承咨询：被继承人{elder}，遗产{estate}，{heirs}，{city}，[如何分配|如何继承]
- {estate}是{elder}的，{heirs}，[都有谁能分|怎么分才对]，{city}
= {elder}去年去世，{heirs}，留下{estate}，在{city}。
! 没有遗嘱的按法定继承，配偶、子女、父母为第一顺序，[尽主要扶养义务的可多分|同一顺序一般均等]，[可协商一致办公证过户|协商不成起诉]。

@ inherit_debt 继承 elder debt asset city
% debt = 银行贷款 ; 信用卡欠款|信用卡账单 ; 私人借款|欠私人的钱 ; 医院欠费|住院欠费 ; 赌债 ; 给别人的担保债|替人担保的债 ; 欠税 ; 欠工人工资|欠工人的工钱 ; 网贷 ; 房贷|未还完的房贷 ; 车祸赔偿款|欠别人的车祸赔偿
% asset = 只留下一套房|只有一套房子 ; 什么都没留|没有遗产 ; 存款不够还|留下的存款不够 ; 我放弃继承了|我已放弃继承 ; 房子已经过户给我|房产已过户到我名下 ; 有一份保险金|留有保险赔款 ; 有丧葬抚恤金|有一笔抚恤金 ; 只留下一辆车|只有一辆旧车 ; 我不知道有遗产|我不清楚遗产情况
- {elder}去世留下{debt}，{asset}，[我要还吗|需要我还吗]，{city}
- {asset}，{elder}生前的{debt}[由谁还|谁来还]，在{city}
- [人走了债还在吗|人死了债也要还吗]？{elder}有{debt}没还，{asset}，{city}
- {city}债主起诉我还{elder}的{debt}，{asset}，[该我还吗|我得还吗]
- {elder}人没了，{debt}还没清，{asset}，[要家属还吗|会找到我头上吗]，{city}
- 被继承人是{elder}，遗留{debt}，{asset}，{city}，[继承人是否承担清偿责任|继承人的责任如何认定]
= {elder}去世后才知道有{debt}，{asset}，人在{city}。
! 以所得遗产实际价值为限清偿，[放弃继承的可以不承担|超出部分自愿偿还除外]，[保险金指定受益人的不属于遗产|房产上的抵押权仍然有效]。

@ bank_estate 继承 elder bank money paper city
% money = 活期存款|活期 ; 定期存单|定期存款 ; 理财产品|银行理财 ; 国债|储蓄国债 ; 保险箱里的东西|保管箱里的物品 ; 大额存单
% paper = 不知道密码|密码不知道 ; 没有存折|存折找不到 ; 死亡证明还没办|还没开死亡证明 ; 户口本上关系不全|亲属关系证明开不出 ; 有一个子女不配合|有继承人不签字 ; 金额不到五万|余额不到5万元 ; 不知道具体余额|不清楚存了多少
- {elder}去世了，{bank}的{money}[怎么取|怎么取出来]，{paper}，{city}
- {paper}，{elder}在{bank}的{money}怎么取，{city}
- {city}{bank}要公证才给取{elder}的{money}，{paper}，[怎么办手续|怎么才能取]
- [取|支取]去世亲人的{money}，{bank}，{elder}，{paper}，在{city}[要什么材料|走什么流程]
- {bank}{money}继承，存款人是{elder}，{paper}，{city}，[如何办理|需要哪些证明]
- {elder}走了留下{bank}{money}，{paper}，[家属怎么办手续|家里人怎么领]，{city}
= {elder}去世，在{city}的{bank}有{money}，{paper}，[柜台让去公证|跑了两趟没办成]。
! 小额存款可凭死亡证明和亲属关系证明简化提取，[超过限额须公证或法院文书|带身份证和户口本到网点]。

@ undisclosed 健康险 product major cond adult
% product = 百万医疗险 ; 重疾险|重大疾病保险 ; 住院医疗险 ; 防癌险 ; 惠民保|城市惠民保 ; 团体医疗险|公司团险 ; 高端医疗险 ; 特药险
- {adult}得了{major}，{product}以没告知{cond}为由[拒赔|不赔]，[合理吗|对吗]
- 投保时没说{cond}，现在{adult}查出{major}，{product}[会赔吗|还赔不赔]
- {product}拒赔，理由是未如实告知{cond}，{adult}患{major}，[合理吗|站得住脚吗]
- {cond}没告知，{adult}的{product}出险{major}，[还能赔吗|能要求赔吗]
- 被保险人{adult}确诊{major}，投保{product}时隐瞒{cond}，[保险公司能否拒赔|应否赔付]
- {adult}{major}理赔被拒，{product}，说有{cond}没说，[应该赔吗|拒赔成立吗]
= {adult}买了{product}，当时{cond}没有告知，[业务员说没关系|健康告知没细看]，现在确诊{major}。
! 要看健康告知是否询问及未告知事项与出险的关系，[超过两年的保险人一般不得解除合同|与疾病无关的仍应赔付]，[可先申请复核再投诉或起诉|保留投保记录]。

@ buy_with_cond 健康险 adult cond product history
% product = 百万医疗险 ; 重疾险|重大疾病保险 ; 住院医疗险 ; 防癌险 ; 惠民保|城市惠民保 ; 定期寿险 ; 意外险 ; 护理险|长期护理保险
% history = 已经吃药控制|一直服药控制 ; 刚体检查出来|体检刚发现 ; 做过手术|已经手术 ; 复查正常|最近复查正常 ; 之前被拒保过|有过拒保记录 ; 没看过医生|没去医院看过 ; 住院治疗过|曾经住过院
- {adult}有{cond}，{history}，[还能买|能买]{product}吗
- {cond}{history}，给{adult}买{product}[能过健康告知吗|会被拒保吗]
- {product}{cond}[可以投保吗|能核保通过吗]，{adult}，{history}
- 想给{adult}买{product}，但是有{cond}，{history}，[能投吗|能投保成功吗]
- {adult}{cond}，{history}，买{product}[会被拒保吗|过得了核保吗]
- 被保险人{adult}患{cond}，{history}，{product}的核保结论[一般是什么|会怎样]
= 想给{adult}买一份{product}，有{cond}，{history}，[担心以后不赔|不知道怎么选]。
! [先做智能核保或人工核保|按问卷逐项如实告知]，可能标准体、除外、加费或拒保，[告知要与病历一致|不要隐瞒]。

@ waiting_period 健康险 product disease when adult
% product = 百万医疗险 ; 重疾险|重大疾病保险 ; 住院医疗险 ; 防癌险 ; 团体医疗险|公司团险 ; 少儿医保补充险 ; 高端医疗险
% disease = 肺炎 ; 阑尾炎 ; 胆结石|胆囊结石 ; 肾结石 ; 甲状腺癌 ; 肺结节 ; 白血病 ; 腰椎间盘突出|腰突 ; 急性心梗|急性心肌梗死 ; 乳腺结节 ; 扁桃体炎 ; 白内障 ; 脑梗|脑梗死
% when = 在等待期最后一天住院|等待期最后一天入院 ; 等待期内检查等待期后确诊|等待期检查出异常之后才确诊 ; 是续保没断过|一直续保 ; 断保一周后重新投保|断了一周又重新买 ; 换了一家保险公司|换了保险公司投的 ; 因为意外引起|由意外导致 ; 等待期内看过门诊|等待期里挂过门诊
- {adult}{disease}，{when}，{product}[能赔吗|赔不赔]
- {product}等待期[问题|咨询]，{adult}{when}，{disease}[会被拒赔吗|还能理赔吗]
- {when}，得了{disease}，{adult}买的{product}[赔吗|会不会赔]
- {disease}{when}，保险公司说等待期不赔，{product}，被保人{adult}，[合理吗|对吗]
- {adult}的{product}，{when}，诊断{disease}，[是否属于等待期出险|保险公司应否赔付]
- 刚给{adult}买{product}就{disease}，{when}，[这钱能报吗|还能报销吗]
= {adult}投保了{product}，{when}，诊断是{disease}。
! 以合同等待期条款为准，[意外不受等待期限制|等待期内确诊一般退还保费]，[连续续保的没有等待期|看首次症状或确诊的时间]。

@ hospital_claim 健康险 treat hospital product adult
% treat = 做质子治疗|质子重离子治疗 ; 吃自费靶向药|自费靶向药 ; 门诊打点滴|门诊输液 ; 做无痛胃肠镜|无痛胃肠镜 ; 种植牙|种牙 ; 做核磁共振|核磁检查 ; 住院做理疗|住院理疗 ; 装进口支架|进口支架 ; 做康复训练|康复治疗 ; 用白蛋白|自费白蛋白 ; 切除良性结节|良性结节手术 ; 叫救护车|急救车费用 ; 做近视手术|近视激光手术
% hospital = 私立医院|民营医院 ; 公立三甲特需部|三甲医院特需部 ; 公立普通部|公立医院普通部 ; 乡镇卫生院 ; 社区医院|社区卫生服务中心 ; 境外医院|国外的医院 ; 康复医院 ; 中医院 ; 互联网医院|网上医院
% product = 百万医疗险 ; 住院医疗险 ; 惠民保|城市惠民保 ; 团体医疗险|公司团险 ; 高端医疗险 ; 少儿医疗险 ; 小额医疗险
- {adult}在{hospital}{treat}，{product}[能报销吗|报不报]
- {product}[报销范围|报销]，{treat}，{hospital}，{adult}[能报吗|可以报吗]
- {hospital}{treat}的费用，{adult}的{product}[能报吗|能理赔吗]
- {treat}，用{product}报，{adult}在{hospital}看的，[能报吗|给报吗]
- {adult}买过{product}，准备去{hospital}{treat}，[保险给报吗|能走保险吗]
- 被保险人{adult}于{hospital}{treat}，{product}[是否承担责任|是否属于保障范围]
= {adult}买过{product}，最近在{hospital}{treat}，[发票都留着|花了不少钱]。
! 先看条款约定的医院范围和责任免除，[特需、国际部一般要看是否附加|合理且必要的费用才赔]，[带发票、病历和清单申请|可先电话报案确认]。

@ car_damage 车险 part cause cover city
% cause = 被高空坠物砸坏|被楼上掉的东西砸坏 ; 在暴雨里泡坏|因暴雨泡坏 ; 自己撞墙撞坏|不小心撞墙撞坏 ; 停车时被人划了找不到人|被人划了找不到肇事者 ; 被前车溅起石子打坏|高速上被石子崩坏 ; 自燃烧坏|因车辆自燃烧坏 ; 被树枝砸坏|被大风刮断的树枝砸坏 ; 被冰雹砸坏|遭冰雹砸坏 ; 被老鼠咬坏|老鼠啃坏 ; 被撞坏对方跑了|被撞坏肇事方逃逸 ; 被地库火灾烧坏|因地下车库起火烧坏 ; 过坑时磕坏|压到坑磕坏 ; 被洗车店弄坏|洗车时被弄坏 ; 被小孩拿石头划坏|被孩子用石子划坏
% cover = 只买了交强险|只有交强险 ; 有车损险 ; 只有交强险和三者险|交强加三者 ; 全险|买的全险 ; 车损险刚过期|车损险过期了 ; 新车还没上牌|新车没上牌
- {part}{cause}，{cover}，保险[赔吗|能赔吗]，{city}
- {city}，{cover}，{part}{cause}，[保险赔不赔|保险管吗]
- [我的车|车子]{part}{cause}，{cover}，[能走保险吗|保险能赔吗]，{city}
- {cover}，{part}{cause}了[能报保险吗|报保险行吗]，在{city}
- {part}{cause}要换，{cover}，{city}，[能走保险吗|保险给换吗]
- 车辆{part}{cause}，{cover}，{city}，[是否属于保险责任|能否获得理赔]
= 我的车在{city}，{part}{cause}，{cover}。
! [车损险改革后包含自燃、涉水等责任|先报案留现场照片]，[找不到第三方的由车损险赔付|仅有交强险的不赔本车损失]。

@ motor_denied 车险 reason scene cover city
% reason = 年检过期|车辆脱检 ; 私家车跑网约车|跑滴滴属于营运 ; 借给没驾照的朋友开|无证的朋友开的 ; 实习期开高速没人陪|实习期单独上高速 ; 车辆改装过|私自改装车辆 ; 过户没变更保险|过户后没改保单 ; 没第一时间报案|没有及时报案 ; 二次点火|泡水后二次打火 ; 驾照过期|驾驶证过期 ; 违规载人|货车载人 ; 逃离现场|离开过现场 ; 吃了感冒药开车|服药后开车
% scene = 追尾前车 ; 单方撞护栏|撞护栏 ; 撞伤行人|撞到行人 ; 涉水熄火 ; 侧翻 ; 和货车剐蹭|与货车刮擦 ; 撞坏路灯杆|撞了路灯 ; 停车场撞柱子 ; 撞死一只羊|撞死村民的羊
% cover = 商业三者险|三者险 ; 车损险 ; 交强险 ; 座位险|车上人员责任险 ; 驾乘意外险|驾乘险
- {scene}，保险公司说{reason}拒赔{cover}，[合法吗|合理吗]，{city}
- {reason}，{scene}，{cover}[还赔吗|能赔吗]，{city}
- {cover}拒赔，因为{reason}，{scene}，在{city}[合理吗|拒得对吗]
- {city}{scene}，{cover}理赔被拒，理由：{reason}，[合法吗|能成立吗]
- {reason}的情况下{scene}，{cover}[免责条款有效吗|能免赔吗]，{city}
- 保险人以“{reason}”拒绝赔付{cover}，事故为{scene}，{city}，[是否成立|有无依据]
= 在{city}{scene}，报了{cover}，保险公司说{reason}，不赔。
! 看免责条款是否尽到提示和明确说明义务，[与事故无因果关系的可争取赔付|交强险对第三方一般仍应先赔]，[可投诉金融监管热线12378|协商不成可起诉]。

@ claim_repair 车险 part insurer quarrel shop city
% insurer = 对方保险公司 ; 我自己的保险公司|我这边保险公司
% quarrel = 只肯修不肯换|说能修就不换 ; 只认副厂件|只赔副厂件价格 ; 定损价太低|定损金额偏低 ; 要我自己垫付|让我先垫钱修 ; 拖着不来定损|迟迟不定损 ; 说是旧伤|认定为旧伤 ; 不赔贬值损失|不给赔贬值费 ; 不赔租车费|不认代步车费用
% shop = 新车刚提三个月|三个月的新车 ; 想去4S店修|我要去4S店 ; 在路边店已经修好了|已在修理厂修好 ; 是进口车 ; 是新能源车|新能源车 ; 开了八年的老车|车龄八年 ; 是租来的车|租的车
- {part}坏了，{insurer}{quarrel}，{shop}，{city}，[怎么办|怎么谈]
- {insurer}{quarrel}，{shop}，要换{part}，[怎么应对|怎么办]，{city}
- {city}定损纠纷，{part}，{insurer}{quarrel}，{shop}，[怎么解决|怎么处理]
- {shop}，{part}被撞，{insurer}{quarrel}，[该怎么谈|怎么争取]，{city}
- {part}定损，{shop}，{city}，{insurer}{quarrel}，[我该怎么争取|怎样维护权益]
- 关于{part}维修费用，{shop}，{insurer}{quarrel}，{city}，[如何处理|有无救济途径]
= 我的车{shop}，在{city}出了事故，{part}受损，{insurer}{quarrel}。
! 车主有权选择修理单位，[对定损不认可可申请重新定损或第三方评估|先不要急着修]，[直接侵权人应赔合理的替代交通费用|贬值损失一般难获支持]。

@ premium_up 车险 record car owner city
% record = 出险一次|去年出险一次 ; 出险两次|去年出险两次 ; 出险三次以上|去年出险三次多 ; 没出险但涨价了|没出过险却涨价 ; 只报过案没理赔|报了案没赔钱 ; 有闯红灯违章|违章闯红灯 ; 对方全责|出过险但对方全责 ; 有酒驾记录
% car = 燃油轿车|油车 ; 纯电车|纯电动车 ; 七座商务车|七座MPV ; 皮卡 ; 二手车|刚买的二手车 ; 越野车 ; 插混车|插电混动车 ; 面包车
% owner = 换了车主|刚过户 ; 脱保一个月|保险断了一个月 ; 换保险公司|想换一家保险公司 ; 在原公司续保|老公司续保 ; 从外地转籍|外地迁入的车 ; 公司名下的车|挂在公司名下 ; 第一年新车|首年新车
- {city}{car}{record}，{owner}，[明年保费涨多少|保费要涨多少]
- {record}，{owner}，{car}续保[怎么算钱|多少钱合适]，{city}
- {car}保险费[会涨多少|涨多少]，{owner}，{record}，{city}
- {owner}的{car}，{record}，{city}[保费会上浮多少|保费怎么变]
- {record}会让{car}保费[上涨多少|上浮多少]，{owner}，{city}
- 车辆为{car}，{owner}，{record}，{city}，[保费浮动系数如何确定|下年度保费如何计算]
= 我在{city}有一辆{car}，{owner}，{record}，[报价比去年贵|几家报价差很多]。
! 保费按出险次数和无赔款优待系数浮动，[一次小额出险一般取消优惠|金额小的可自行修理]，[过户和脱保会影响系数|新能源车系数另算]。

@ surrender 人寿保险 product paid why channel who
% product = 分红型寿险|分红险 ; 年金险|养老年金 ; 增额终身寿险|增额寿 ; 两全保险|两全险 ; 万能险 ; 教育金保险|教育金 ; 投连险|投资连结险 ; 返还型重疾险|返还型大病险
% paid = 刚过犹豫期|犹豫期刚过 ; 还在犹豫期|犹豫期内 ; 交了一年|只交了一年 ; 交了三年|已交三年 ; 交了五年|已交五年 ; 快交满了|还差一年交满
% why = 交不起了|没钱续交 ; 发现收益没说的高|收益和宣传不符 ; 被当成存款买的|当成存款买的 ; 急用钱 ; 离婚要分割|离婚需要分割 ; 代理人离职了|业务员离职没人管 ; 想换更好的产品|想换一款产品
% channel = 银行柜台买的|在银行买的 ; 熟人代理人卖的|亲戚做代理人推荐的 ; 网上买的|在网上投保的 ; 电话推销买的|接电话推销买的 ; 讲座上买的|听产说会买的
% who = 我|本人 ; 我爸|我父亲 ; 我妈|我母亲 ; 我老公|我丈夫 ; 我老婆|我妻子 ; 我奶奶 ; 我姐|我姐姐 ; 我婆婆 ; 我岳母|我丈母娘 ; 我朋友
- {who}的{product}，{channel}，{paid}，{why}，[退保能退多少|能退多少钱]
- {why}，{product}{paid}，{channel}，{who}[退保能拿回多少|现在退能拿多少]
- {channel}的{product}，{paid}，{who}{why}，[退保能退多少|退了能拿多少]
- {paid}的{product}[退保退多少|退保能退多少钱]，{why}，{channel}，投保人{who}
- {who}{paid}，{product}，{channel}，{why}，[退的话亏多少|退保能拿回几成]
- 投保人为{who}，购买{product}，{channel}，{paid}，因“{why}”申请退保，[可退金额如何计算|退还金额是多少]
= {who}有一份{product}，{channel}，{paid}，{why}，[想知道怎么退合适|客服说只能退现金价值]。
! 犹豫期内可全额退，之后按现金价值退，[能证明销售误导的可争取全额退|也可减额交清或保单贷款]，[拨打12378投诉|注意退保后保障终止]。

@ beneficiary 人寿保险 elder product issue claimant
% product = 定期寿险 ; 终身寿险 ; 意外险|意外伤害保险 ; 年金险|养老年金 ; 分红型寿险|分红险 ; 团体意外险|单位团体意外险 ; 两全保险|两全险
% issue = 没指定受益人|受益人写的法定 ; 受益人先去世了|受益人已先于被保险人去世 ; 受益人写的前配偶|受益人是离了婚的前任 ; 受益人未成年|受益人是未成年孩子 ; 有外债|生前欠了债 ; 改过受益人没通知公司|变更受益人没办手续 ; 保单找不到了|保险合同找不到 ; 同时遇难|和受益人同时遇难 ; 保费没交齐|有一期保费没交
% claimant = 我能领吗|我可以领吗 ; 再婚的配偶能领吗|后来的配偶能分吗 ; 兄弟姐妹能分吗|兄弟姐妹有份吗 ; 侄子外甥能领吗|侄辈能领吗 ; 债主能要走吗|债权人能要走吗 ; 算遗产吗|属于遗产吗 ; 孙子能领吗|孙辈能领吗 ; 继子女能分吗|继子女有份吗
- {elder}去世，{product}{issue}，[保险金|赔款]{claimant}
- {product}{issue}，{elder}走了，[这笔钱|赔的钱]{claimant}
- {issue}，{elder}的{product}[身故金|身故保险金]，{claimant}
- [理赔咨询|想问保险金归属]：{elder}{product}，{issue}，{claimant}
- {elder}生前买过{product}，{issue}，[想问|请教]{claimant}
- 被保险人{elder}身故，{product}，{issue}，[保险金的归属：|关于保险金，]{claimant}
= {elder}去世，有一份{product}，{issue}，[保险公司让补材料|家里人意见不一]。
! 有指定受益人的归受益人，[没有的作为遗产由法定继承人继承|指定受益人的不用清偿债务]，[不能确定先后的推定受益人先死|带身份和关系证明理赔]。

@ accident_cover 人寿保险 adult cause injury class
% cause = 骑共享单车摔倒|骑共享单车摔了 ; 滑雪摔伤|滑雪受伤 ; 中暑晕倒摔伤|中暑后摔倒 ; 打篮球受伤|打球受伤 ; 被狗咬后追逐摔倒|躲狗摔倒 ; 装修时从梯子上掉下来|从梯子上摔下 ; 潜水受伤|潜水时受伤 ; 被电动车撞|被电瓶车撞 ; 下楼踩空|下楼梯踩空 ; 和人打架|与人打架受伤 ; 醉酒后摔倒|喝醉摔倒 ; 骑马受伤|骑马摔下来 ; 做农活受伤|干农活受伤
% class = 职业填的办公室文员|投保职业是文员 ; 换了高危职业没通知|换工作没告诉保险公司 ; 是单位买的团险|单位统一投的 ; 买的学平险|学生平安险 ; 是旅游险|买的旅游意外险 ; 信用卡送的意外险|信用卡附赠的意外险 ; 一年期综合意外险 ; 购票时加的|买票时附加的
- {adult}{cause}，{injury}，意外险{class}，[能赔吗|赔不赔]
- 意外险[理赔|报销]，{class}，{adult}{cause}，{injury}，[赔不赔|可以赔吗]
- {cause}造成{injury}，{adult}的意外险{class}，[算意外吗|属于意外吗]
- {class}的意外险，{adult}{injury}，{cause}，[给赔吗|保险赔吗]
- 保险公司说{cause}不赔，{adult}，{injury}，意外险{class}，[合理吗|对吗]
- 被保险人{adult}因{cause}致{injury}，意外险{class}，[是否属于保险责任|保险公司应否赔付]
= {adult}{cause}，{injury}，意外险{class}，[医药费自己先垫的|已经报案]。
! 意外须为外来的、突发的、非本意的、非疾病的，[高风险运动和醉酒一般除外|看条款责任免除]，[职业类别变更要及时通知|凭病历和发票理赔]。

@ lapse 人寿保险 product gap reason adult
% product = 终身寿险 ; 重疾险|重大疾病保险 ; 年金险|养老年金 ; 定期寿险 ; 两全保险|两全险 ; 教育金保险|教育金 ; 分红型寿险|分红险 ; 万能险
% gap = 断交一个月|晚交一个月 ; 断交三个月|三个月没交 ; 断交一年|一年没交 ; 断交快两年|将近两年没交 ; 断交三年|三年没交
% reason = 银行卡里没余额|扣款卡余额不足 ; 换了手机号没收到提醒|换号码没收到通知 ; 工资断了|失业没钱交 ; 卡被注销|扣款卡注销了 ; 代理人说代交没交|业务员拿了钱没交 ; 忘了|自己忘记了 ; 人在国外|一直在国外 ; 住院期间没顾上|住院没顾得上
- {adult}的{product}{gap}，{reason}，[还能恢复吗|还能复效吗]
- {reason}，{product}{gap}，{adult}的保单[还能恢复效力吗|能复效吗]
- {product}{gap}[能复效吗|可以复效吗]，{adult}，{reason}
- {gap}了，{adult}的{product}，{reason}，[还能续上吗|可以恢复效力吗]
- 保险忘交费：{product}，{gap}，{reason}，被保人{adult}，[可以复效吗|能不能恢复]
- 被保险人{adult}，{product}{gap}，原因是{reason}，[能否申请复效|可否恢复合同效力]
= {adult}有一份{product}，{reason}，{gap}，[刚收到失效短信|才发现]。
! 一般有六十天宽限期，期内出险仍赔，[两年内可申请复效，需补交保费利息|复效要重新健康告知]，[超过两年保险公司可解除|复效后等待期可能重算]。

@ pension_years 社会保险 adult years plan city
% years = 只交了三年|才交三年 ; 只交了八年|才交八年 ; 交了十二年|才交满十二年 ; 交了十四年|交满十四年 ; 中间断了五年|中间断缴五年 ; 从来没交过|一年都没交过 ; 两地重复交过|两个地方重复缴
% plan = 快退休了|临近退休 ; 想一次性补齐|想一次补缴 ; 要转灵活就业|转成灵活就业交 ; 想转居民养老|想转城乡居民养老 ; 想提前退休 ; 在外地打工|常年外地务工 ; 当过兵|有军龄 ; 有知青工龄|有视同缴费工龄 ; 在国外定居|已移居国外 ; 下岗后没再交|下岗后断交
- {adult}养老保险{years}，{plan}，{city}[怎么办|怎么弄]
- {city}社保{years}，{adult}{plan}，[该怎么处理|怎么弄才好]
- {plan}，{adult}{years}，养老保险[怎么处理|怎么办]，{city}
- {adult}{plan}，养老保险{years}，在{city}[该怎么弄|怎么解决]
- 养老保险[咨询|问题]，{adult}，{years}，{plan}，{city}，[怎么办好|该怎么办]
- 参保人为{adult}，养老保险{years}，{plan}，{city}，[如何办理养老待遇|应如何处理]
= {adult}户口在{city}，养老保险{years}，{plan}。
! 到龄不满最低年限的可延长缴费或转居民养老，[一般不能一次性补缴|不愿续缴的可申请退个人账户]，[具体问参保地社保中心|军龄知青工龄凭档案认定]。

@ social_transfer 社会保险 kind city prov state
% kind = 养老保险|职工养老 ; 医保|职工医保 ; 失业保险 ; 公积金|住房公积金 ; 居民养老|城乡居民养老 ; 生育保险
% state = 已经离职|离职了 ; 还在职|目前在职 ; 做自由职业|现在是自由职业 ; 考上公务员|考上编制 ; 公司没停保|原单位没减员 ; 断了半年|中断半年 ; 怀孕了|正怀孕 ; 快退休|马上退休 ; 户口迁走了|户口已迁出
- {kind}从{city}转到{prov}老家，{state}，[怎么转|怎么办]
- {state}，{city}的{kind}[怎么转回|如何转到]{prov}
- 回{prov}工作，{city}的{kind}{state}，[怎么转移|怎么转走]
- {kind}转移[流程|怎么操作]，转出{city}转入{prov}，{state}
- 我在{city}交的{kind}，{state}，想转{prov}，[怎么操作|要怎么弄]
- 关于{kind}由{city}转移接续至{prov}，{state}，[需要哪些材料|如何办理]
= 我之前在{city}交{kind}，{state}，现在打算回{prov}。
! 可通过掌上12333或国家社保平台在线申请，[先在转入地参保再申请转移|缴费年限累计计算]，[公积金用全国住房公积金小程序|一般十五个工作日办结]。

@ remote_medical 社会保险 elder city insured prov treat
% insured = 职工医保|城镇职工医保 ; 居民医保|城乡居民医保 ; 新农合|农村合作医疗 ; 退休职工医保|退休人员医保
% treat = 住院做手术 ; 看门诊慢特病|门诊慢特病看病 ; 急诊住院|急诊抢救 ; 长期住在这边看病|随子女长住看病 ; 做透析|血液透析 ; 化疗 ; 普通门诊 ; 没备案就住了院|忘备案直接住院
- {elder}是{prov}的{insured}，在{city}{treat}，[怎么报销|报销怎么弄]
- {prov}{insured}到{city}{treat}，[怎么报|报销流程是什么]，病人是{elder}
- 异地就医[怎么报销|报销咨询]，{elder}参保地{prov}，{insured}，{city}{treat}
- {city}{treat}，{elder}{prov}的{insured}，[怎么结算|怎么报销]
- {elder}在{city}{treat}，医保在{prov}，{insured}，[怎么办理报销|要怎么报]
- 参保人为{elder}（{prov}{insured}）拟在{city}{treat}，[如何办理报销|报销流程如何]
= {elder}医保在{prov}，是{insured}，现在{city}{treat}。
! 先在国家医保服务平台办理异地备案，[备案后可直接结算|急诊视同备案]，[未备案的比例会降低|按就医地目录、参保地比例报]。

@ jobless_benefit 社会保险 job leave paid city
% leave = 被裁员|公司裁员 ; 合同到期公司不续签|到期公司不续 ; 合同到期我不续签|到期自己不续 ; 自己辞职|主动辞职 ; 协商解除|双方协商离职 ; 被公司开除|被单位开除 ; 公司倒闭|企业破产 ; 因欠薪被迫离职|被迫离职
% paid = 交满一年|刚好交了一年 ; 交了不到一年|只交了十个月 ; 交了三年多|失业险交了三年多 ; 交了十年|失业险交了十年 ; 公司没交失业险|单位没缴失业保险 ; 之前领过一次|以前领过一次 ; 在两个城市交的|分两地缴过
- {city}{job}{leave}，失业险{paid}，[能领失业金吗|能申请失业金吗]
- {leave}[能领失业金吗|可以申请失业金吗]，{paid}，{job}，{city}
- 失业金[咨询|问题]，{job}，{leave}，{paid}，{city}，[能领吗|可以申请吗]
- {paid}，{leave}了，在{city}做{job}，失业金[领得到吗|能领到吗]
- 我是{city}的{job}，{leave}，{paid}，[能申请失业金吗|领得了失业金吗]
- 原岗位{job}，{leave}，失业保险{paid}，{city}，[是否符合失业金条件|可否申领失业金]
= 我原来在{city}做{job}，{leave}，失业保险{paid}。
! 须缴满一年、非本人意愿中断就业并办理失业登记，[可在掌上12333申请|领取月数看累计年限]，[缴一至五年最多十二个月|标准看{city}当地]。

@ fund_withdraw 社会保险 use city owner state
% use = 还房贷 ; 租房 ; 装修房子|装修 ; 给父母买房|帮父母买房 ; 看大病|家人大病 ; 全款买房 ; 老家建房|农村自建房 ; 加装电梯 ; 离职后|离职销户 ; 出国定居 ; 付首付|交首付
% owner = 单身没房|未婚名下无房 ; 名下有一套房|已有一套房 ; 夫妻两人一起|夫妻双方一起 ; 有公积金贷款没还清|公积金贷款还没还完 ; 非本地户口|外地户口 ; 封存半年|账户封存满半年 ; 刚交满三个月|才交三个月
% state = 合同没备案|租房合同没备案 ; 房子在外地|房子在异地 ; 中介说能代提|中介说可以代办 ; 单位不给盖章|单位不配合 ; 之前提过一次|以前提取过 ; 想每月自动提|想按月提取 ; 担心影响以后贷款|怕影响贷款额度
- {city}公积金{use}能提吗，{owner}，{state}
- 公积金{use}[能提取吗|可以提取吗]，{owner}，{state}，{city}
- {owner}，想提公积金{use}，{state}，{city}[能不能提|可以提吗]
- {state}，公积金想用来{use}，{owner}，在{city}[行不行|可以吗]
- 住房公积金提取，用途：{use}，{owner}，{state}，{city}，[能否办理|是否符合条件]
- 我在{city}，{owner}，{use}提公积金，{state}，[批得下来吗|能办吗]
= 我在{city}交公积金，{owner}，想{use}时提出来，{state}。
! 以{city}公积金中心规定为准，[可在手机公积金或政务平台办理|一般三个工作日到账]，[不要找中介骗提|提取会影响贷款额度]。

@ medical_break 社会保险 city cause gap person
% cause = 换工作空档|换工作中间空了 ; 公司漏缴|单位漏交 ; 辞职在家|离职在家 ; 灵活就业忘交|灵活就业忘了交 ; 公司倒闭|单位倒闭 ; 跨省换工作|换到外省工作 ; 读书深造|脱产读书 ; 被封存转不出|原单位没停保
% gap = 断了一个月|中断一个月 ; 断了两个月|中断两个月 ; 断了四个月|中断四个月 ; 断了半年多|中断半年多 ; 断了一年多|中断一年多
% person = 正在住院|现在正住院 ; 怀孕了|正怀孕 ; 有慢性病要拿药|慢病每月要拿药 ; 买房资格要看社保|准备买房要查社保 ; 准备积分落户|打算积分入户 ; 暂时没病|目前没看病 ; 刚查出肿瘤|刚确诊肿瘤 ; 快退休了|临近退休
- 医保{gap}，{cause}，{person}，{city}[能补缴吗|可以补交吗]
- {city}{cause}医保{gap}，{person}，[能补缴吗|可以补吗]
- {cause}，{person}，医保{gap}[还能补吗|能补缴吗]，{city}
- {person}，医保却因为{cause}{gap}，{city}[补得上吗|能补上吗]
- 职工医保{gap}，原因{cause}，{person}，{city}，[可否补缴|能否办理补缴]
- 我在{city}，{cause}导致医保{gap}，{person}，[可以补上吗|能补交回来吗]
= 我在{city}，{cause}，医保{gap}，{person}。
! 中断三个月内补缴一般不设等待期，[超过三个月的有等待期|累计年限不清零]，[也可以灵活就业身份续保|具体看{city}规定]。

@ tax_deduct 税务 item family filer city
% item = 子女教育|子女教育扣除 ; 住房贷款利息|房贷利息 ; 住房租金|房租 ; 赡养老人 ; 大病医疗 ; 继续教育 ; 三岁以下婴幼儿照护|婴幼儿照护 ; 个人养老金 ; 商业健康险|税优健康险 ; 公益捐赠
% family = 夫妻都上班|夫妻双方都有工资 ; 离异带孩子|离婚自己带娃 ; 独生子女 ; 有三个兄弟姐妹|兄弟姐妹三个 ; 配偶没工作|另一半没工作 ; 单身 ; 孩子在国外读书|孩子留学 ; 两地分居 ; 父母不到六十岁|父母还没到60 ; 再婚家庭|重组家庭
% filer = 上班族|工薪族 ; 自由职业者|自由职业 ; 个体户|个体工商户 ; 年中换了工作|年中跳槽 ; 有两份工作|同时打两份工 ; 刚毕业|应届毕业 ; 外籍员工|外籍人士 ; 去年漏填了|上一年度忘记填
- 个税{item}怎么[填|申报]，{family}，{filer}，{city}
- {family}，{filer}，{item}[怎么扣|怎么抵扣]，{city}
- {city}{filer}，{family}，个税专项扣除{item}[怎么享受|怎么弄]
- {item}抵个税，{filer}，{family}，人在{city}，[怎么填才对|该怎么报]
- {filer}，{family}，想问{item}[怎么抵税|怎么申报扣除]，{city}
- 关于{item}的个人所得税扣除，纳税人{filer}，{family}，{city}，[如何申报|如何办理扣除]
= 我是{filer}，{family}，在{city}，个税App里{item}[不知道怎么选|提示要补资料]。
! 在个人所得税App专项附加扣除中填报，[夫妻约定后一个年度内不能变更|漏填的可在汇算时补填]，[资料留存五年备查|以公布的定额标准为准]。

@ tax_settle 税务 income owe job city
% income = 工资加稿费|有工资还有稿费 ; 两个单位发工资|两处工资 ; 年终奖单独计税|年终奖选了单独计税 ; 年终奖并入综合所得|年终奖选了并入 ; 劳务报酬|拿劳务费 ; 境外收入|有境外工资 ; 离职补偿金|拿了离职补偿 ; 股权激励|有股票期权 ; 有一笔不认识的收入|多出一笔没见过的收入
% owe = 显示要补税|系统提示补税 ; 显示可以退税|系统提示退税 ; 退税被驳回|退税审核不通过 ; 过了截止日期|已经过了6月30日 ; 补税不到四百|补税金额不足400元 ; 前年的没办|前年汇算没做 ; 收到税务局短信|税务局发短信提醒 ; 更正申报后反而要补|改完申报变成补税
- 个税汇算，{income}，{owe}，{job}，{city}，[怎么办|怎么处理]
- {income}，年度汇算{owe}，[怎么办|该怎么弄]，{city}{job}
- {owe}，我做{job}，{income}，[要怎么处理|该怎么办]，{city}
- {city}{job}，{income}，{owe}，[怎么解决|该怎么操作]
- 综合所得年度汇算咨询：{job}，{income}，{owe}，{city}，[如何办理|如何处理]
- 我{income}，个税{owe}，[怎么操作|要怎么弄]，{job}，{city}
= 我在{city}做{job}，{income}，个税App汇算{owe}。
! [逐项核对收入和扣除后再提交|对不明收入可在App申诉]，综合所得不超过十二万或补税不超过四百元可免予补税，[逾期补税有滞纳金|退税可在三年内申请]。

@ house_tax 税务 home hold relation city role
% home = 普通住宅 ; 商铺 ; 公寓 ; 别墅 ; 房改房 ; 车位 ; 回迁房 ; 写字楼 ; 厂房 ; 经济适用房
% hold = 未满两年|不满两年 ; 满两年不唯一|满二不唯一 ; 满五唯一 ; 满五不唯一 ; 房本和契税票时间不一致|房产证和契税票日期不同
% relation = 卖给陌生人|正常出售 ; 过户给儿子|过户给子女 ; 过户给父母 ; 过户给兄弟姐妹|过户给亲兄弟 ; 过户给配偶|加配偶名字 ; 离婚析产过户|离婚分割过户 ; 继承过户|继承取得 ; 赠与朋友|赠与非亲属 ; 法院拍卖|法拍成交 ; 置换换房|卖旧买新
% role = 我是卖方|我是卖的一方 ; 我是买方|我是买的一方
- {city}{home}{hold}，{relation}，[要交哪些税|交多少税]，{role}
- {relation}，{home}{hold}，{city}，{role}，[税费怎么算|税费大概多少]
- {home}过户税费[咨询|怎么算]，{hold}，{relation}，{city}，{role}
- {role}，{city}的{home}，{hold}，{relation}，[税费是多少|要交多少税费]
- {hold}的{home}，{relation}，[税怎么算|各项税怎么交]，{role}，{city}
- 不动产转移涉税问题：{home}，{hold}，{relation}，{role}，{city}，[应缴税种和税率|税款如何计算]
= 我在{city}有关一套{home}的过户，{hold}，{relation}，{role}。
! 一般涉及契税、个人所得税和增值税，[满五唯一免个税，满两年免增值税|直系亲属赠与免个税和增值税]，[非住宅另有土地增值税|以办税大厅核定为准]。

@ invoice 税务 shop excuse item city
% shop = 饭店|餐馆 ; 装修公司 ; 房东 ; 网店|淘宝店 ; 汽修厂|修车店 ; 健身房 ; 培训机构 ; 酒店 ; 加油站 ; 物业公司|物业 ; 停车场 ; 房产中介|中介 ; 婚庆公司 ; 搬家公司 ; 私立医院
% excuse = 说要加税点|要求另加税点 ; 说发票用完了|称发票没有了 ; 说优惠不能开票|称优惠价不含发票 ; 只给收据 ; 让我等下个月|叫我下个月再来 ; 开的项目不符|开票内容不对 ; 抬头开错不给换|开错抬头不肯重开 ; 说个体户不能开|称个体户开不了 ; 说过期不补|称跨月不补开
% item = 专票|增值税专用发票 ; 普票|增值税普通发票 ; 电子发票|数电发票 ; 公司抬头的发票|单位抬头的发票 ; 个人抬头的发票 ; 去年消费的发票|补开去年的发票
- {city}{shop}不开{item}，{excuse}，[去哪投诉|怎么举报]
- {shop}{excuse}，我要{item}，[怎么办|怎么投诉]，{city}
- 要{item}，{shop}{excuse}，{city}[找谁投诉|打什么电话投诉]
- {excuse}，{shop}不给{item}，{city}，[怎么举报|该找谁投诉]
- 消费者向{shop}索取{item}，对方{excuse}，{city}，[如何投诉|如何维权]
- 在{city}找{shop}开{item}，{excuse}，[去哪里举报|怎么投诉]
= 我在{city}的{shop}消费，要{item}，对方{excuse}。
! 收款方应按实际业务开具发票，[不得以优惠或加税点为由拒开|开错可红冲重开]，[可拨打12366投诉举报|保留付款凭证]。

@ small_vat 税务 biz payer issue city
% biz = 小超市|便利店 ; 餐饮店|饭店 ; 网店 ; 装修队 ; 咨询工作室|咨询公司 ; 货运车队|运输队 ; 美容院 ; 培训班 ; 民宿 ; 农产品收购|收农产品 ; 直播公司 ; 汽修店 ; 软件公司
% payer = 个体工商户|个体户 ; 小规模纳税人|小规模 ; 一般纳税人 ; 刚注册的公司|新注册公司 ; 个人独资企业|个独企业 ; 还没办税务登记|没做税务登记
% issue = 要申报零收入吗|没有收入要不要报税 ; 季度超过三十万怎么交|一季度超30万怎么交 ; 进项票拿不到怎么办|没有进项票怎么办 ; 忘记报税被罚怎么办|逾期申报罚款怎么办 ; 想注销怎么办|打算注销要办什么 ; 被列为非正常户怎么解除|非正常户怎么恢复 ; 私人账户收款有风险吗|用个人账户收钱行吗 ; 员工工资怎么报个税|给员工怎么申报个税 ; 能享受小微优惠吗|小微企业优惠能用吗 ; 定额太高能调吗|核定定额过高能申请降吗 ; 挂靠在别人公司可以吗|能挂靠别人公司吗
- {city}{payer}开{biz}，{issue}
- {biz}，{payer}，{city}，{issue}
- [报税问题|税务咨询]：{payer}，{biz}，{issue}，{city}
- 我开了个{biz}，是{payer}，在{city}，{issue}
- {issue}，我是{payer}，{biz}，坐标{city}
- 本人经营{biz}，{city}，属{payer}，{issue}
= 我在{city}开{biz}，是{payer}，[刚起步不懂税务|请不起会计]。
! 小规模月销售额不超过十万元免征增值税，[没有收入也要按期申报|逾期可先补报再申请从轻处理]，[可登录电子税务局办理|具体问主管税务所或12366]。

@ bonus_tax 税务 income who status city
% income = 买彩票中奖|彩票中了奖 ; 卖二手闲置|二手平台卖闲置 ; 出租房子|房屋出租收租金 ; 兼职讲课|业余讲课费 ; 炒股赚钱|买卖A股赚钱 ; 直播打赏收入|直播打赏分成 ; 亲戚赠送现金|亲戚给的现金 ; 拆迁补偿|拿拆迁款 ; 退休返聘工资 ; 借款利息收入|借钱给人收利息 ; 海外代购收入|做代购赚的钱 ; 转让股权|公司股权转让
% who = 在校学生|学生 ; 全职妈妈|家庭主妇 ; 退休人员 ; 公务员 ; 外籍人士|外国人 ; 上班族|工薪族 ; 残疾人 ; 自由职业者
% status = 没有签合同|没签任何合同 ; 走的微信收款|微信收的款 ; 对方代扣了税|付款方已扣税 ; 对方要我自己报|付款方让自行申报 ; 一次性收到|一次收到 ; 分几个月收到|分几次到账 ; 金额不到八百|不足800元 ; 全年超过十二万|年入超12万
- {who}{income}[要交税吗|要交个税吗]，{status}，{city}
- {income}[需要交税吗|用交税吗]，{status}，我是{who}，{city}
- {city}{who}，{income}，{status}，[要不要缴税|需不需要纳税]
- {status}，{income}，{who}[要申报纳税吗|用不用交税]，{city}
- 关于{income}的个人所得税，纳税人为{who}，{status}，{city}，[应否缴纳|是否需要缴纳]
- 我是{who}，{income}，{status}，[要交税不|这笔钱要缴税吗]，人在{city}
= 我在{city}，是{who}，{income}，{status}。
! 要先看属于哪类所得，[财产租赁和偶然所得按20%|劳务报酬并入综合所得]，[个人转让上市公司股票暂免|按次或按月由支付方扣缴]。

@ card_frozen 银行业务 bank why use city
% why = 说涉嫌诈骗|提示涉案账户 ; 帮朋友转过账|替朋友转过钱 ; 卖虚拟币收了款|卖U收到黑钱 ; 身份证过期|身份证件到期 ; 长期不用|很久没用过 ; 流水异常|交易流水异常 ; 被法院冻结|法院司法冻结 ; 被外地公安冻结|外地警方冻结 ; 密码输错太多次|多次输错密码 ; 没有任何原因|没说原因 ; 收了一笔陌生人转账|陌生人转来一笔钱
% use = 是工资卡|这是工资卡 ; 是还房贷的卡|绑着房贷 ; 里面有救命钱|里面是看病的钱 ; 是公司账户|是对公账户 ; 是养老金卡|领养老金的卡 ; 是做生意收款的卡|生意收款用的卡 ; 是学生助学金的卡|助学金发放卡 ; 在外地办的|是异地开的卡
- {bank}卡被冻结，{why}，{use}，{city}，[怎么解冻|怎么解除]
- {why}，{bank}把我的卡[冻结|限制]了，{use}，在{city}[怎么办|怎么解冻]
- {city}{bank}的卡用不了，{why}，{use}，[怎么才能解冻|怎么恢复]
- {use}，{bank}，{why}被[冻结|限制非柜面]，[怎么解除|要怎么处理]，{city}
- {bank}账户冻结[申诉|处理]，{why}，{use}，{city}，[流程是什么|有什么办法]
- 我{bank}的银行卡{why}给停了，{use}，{city}，[怎么恢复使用|怎么解封]
= {city}的{bank}卡突然[不能转账|不能用了]，{why}，{use}。
! 先到柜台查冻结机关和期限，[银行风控的带身份证和交易证明解除|公安冻结一般六个月，可联系办案单位说明]，[法院冻结找执行法官|保留资金来源证明]。

@ prepay_mortgage 银行业务 bank plan method city
% plan = 想缩短年限|打算缩短年限 ; 想减少月供|打算减少月供 ; 全部还清|一次性结清 ; 用公积金还|拿公积金提前还 ; 借消费贷来还|用消费贷置换 ; 还了才一年|还款刚满一年 ; 卖房前还清|为卖房结清 ; 预约排不上号|预约不到额度
% method = 等额本息|等额本息还款 ; 等额本金|等额本金还款 ; 组合贷|组合贷款 ; 公积金贷|公积金贷款 ; 公寓商贷|商住房贷款 ; 二套房贷|第二套房贷款 ; LPR浮动利率|浮动利率 ; 固定利率
- {bank}房贷提前还款，{plan}，{method}，{city}，[怎么办理|怎么操作]
- {method}，{bank}，{plan}，提前还房贷[怎么申请|怎么弄]，{city}
- {city}{bank}房贷{plan}，{method}，[怎么申请|怎么预约]
- {plan}，{bank}的房贷，{method}，[要怎么办手续|该怎么申请]，{city}
- 提前还贷[咨询|有问题]，{method}，{bank}，{plan}，{city}[怎么操作|怎么办]
- 借款人在{city}向{bank}申请提前还贷，{method}，{plan}，[如何办理|流程如何]
= 我在{city}{bank}有房贷，{method}，{plan}。
! 按贷款合同约定，[多数银行满一年免违约金|可在手机银行预约]，[缩短年限更省利息|还清后记得办理解押]。

@ loan_rejected 银行业务 bank loan flaw job
% loan = 首套房贷|第一套房贷款 ; 二套房贷|第二套房贷款 ; 车贷|买车贷款 ; 信用贷|信用贷款 ; 经营贷|经营贷款 ; 装修贷 ; 信用卡 ; 助学贷款 ; 抵押贷|房产抵押贷款
% flaw = 征信有连三累六|征信逾期连三累六 ; 查询次数太多|征信查询太多 ; 流水不够|银行流水不足 ; 负债太高|负债率过高 ; 单位没交社保|没有社保记录 ; 给别人担保过|有对外担保 ; 是征信白户|没有征信记录 ; 离婚不满一年 ; 年龄偏大|年纪超限 ; 有网贷未结清|网贷还没还清 ; 被列为失信人|是失信被执行人
- {bank}{loan}被拒，{flaw}，做{job}的，[怎么办|怎么补救]
- {flaw}，在{bank}申请{loan}[怎么才能批|怎样能通过]，职业{job}
- 我是{job}，{flaw}，{bank}的{loan}[怎样才能过|要怎么做才能批]
- 申请{loan}没通过，{bank}说{flaw}，{job}，[怎样才能通过|该怎么补救]
- {job}，想办{bank}{loan}，{flaw}，[有什么补救办法|怎么才能批下来]
- {loan}审批未通过，申请行{bank}，原因：{flaw}，申请人{job}，[如何改善|如何处理]
= 我是{job}，在{bank}申请{loan}，因为{flaw}没批。
! 可先打印征信报告核对，[结清小额网贷并减少查询|补充流水、增加共同借款人或提高首付]，[一般三至六个月后再申请|不要轻信包装贷款的中介]。

@ credit_fix 银行业务 bank issue cause city
% issue = 信用卡逾期记录|信用卡逾期 ; 房贷晚还一天|房贷迟了一天 ; 被冒名贷款|别人冒用我名义贷款 ; 助学贷款逾期|助学贷款忘还 ; 已结清还显示未结清|还清了仍显示欠款 ; 年费欠款|信用卡年费没交 ; 担保记录|替人担保的记录 ; 呆账记录|显示呆账 ; 查询记录太多|很多硬查询
% cause = 因为住院|当时在住院 ; 扣款卡被冻结|还款卡冻结了 ; 没收到短信提醒|银行没提醒 ; 自己忘了|忘记还 ; 中介说交钱能洗白|中介称花钱能修复 ; 已经还清两年|结清满两年 ; 马上要买房|准备申请房贷 ; 银行系统出错|系统故障造成 ; 被骗贷|遭遇诈骗 ; 公司代扣失败|单位代扣没成功
- 征信上有{bank}{issue}，{cause}，[怎么消除|怎么消掉]，{city}
- {issue}，{bank}，{cause}，[征信怎么消除|怎么去掉征信记录]，{city}
- {cause}，{bank}{issue}[怎么才能消掉|怎么清除]，人在{city}
- {city}{bank}，{issue}影响征信，{cause}，[怎么办|有什么办法]
- 征信[修复|消除]问题，{bank}{issue}，{cause}，{city}，[怎么弄|该怎么办]
- 关于征信异议：{bank}，{issue}，{cause}，{city}，[如何更正|如何消除]
= 我在{city}查征信，发现{bank}有{issue}，{cause}。
! 还清后不良记录保留五年，[非本人原因的可向银行或人民银行提异议|异议二十日内答复]，[花钱洗征信是骗局|保留证明材料]。

@ wrong_transfer 银行业务 bank channel amount mistake state
% channel = 手机银行转账|用手机银行转 ; ATM转账|在ATM机转 ; 微信转账|用微信转 ; 支付宝转账|用支付宝转 ; 柜台汇款|在柜台汇款 ; 对公转账|公司账户转
% amount = 八百块|800元 ; 三千|3000元 ; 一万|1万元 ; 五万|5万元 ; 二十万|20万元
% mistake = 账号输错一位|卡号输错一个数 ; 选错了联系人|点错联系人 ; 转给了同名的人|转给同名同姓的人 ; 重复转了两次|多转了一次 ; 多打了一个零|金额多输一个零 ; 被骗转的|被骗子骗着转的 ; 转到已注销的卡|转进注销的卡
% state = 对方不肯退|收款人不退 ; 联系不上对方|找不到收款人 ; 对方卡被冻结|收款账户被冻结 ; 对方说是欠款抵了|对方拿去抵债 ; 刚刚才转|转了不到十分钟 ; 已经过去一周|过了一个礼拜 ; 对方去世了|收款人已去世 ; 银行不给对方信息|银行不告诉我对方是谁
- {bank}{channel}{amount}，{mistake}，{state}，[怎么追回|怎么办]
- {mistake}，{channel}{amount}，{bank}，{state}，[怎么要回来|怎么才能追回]
- 转错[钱|账]了，{bank}，{channel}，{amount}，{mistake}，{state}，[怎么追回来|怎么办]
- {state}，{bank}{amount}，{channel}时{mistake}，[怎么撤回|怎么拿回钱]
- {amount}没了，{mistake}，{bank}，{channel}，{state}，[怎么追回来|该怎么处理]
- 误转款项{amount}，经{bank}{channel}，{mistake}，{state}，[如何主张返还|如何追回]
= 我用{bank}{channel}{amount}，{mistake}，{state}。
! 尽快联系银行协助，[未到账的可申请撤销|对方拒绝返还的可按不当得利起诉]，[涉嫌诈骗立即报警止付|银行不能直接划回，可由法院调取信息]。

@ card_fee 银行业务 bank fee trigger ask
% fee = 年费 ; 取现手续费|取现费 ; 分期手续费|分期费用 ; 违约金|滞纳金 ; 循环利息|全额计息的利息 ; 境外手续费|货币转换费 ; 短信费|短信通知费 ; 小额账户管理费 ; 挂失费|挂失补卡费
% trigger = 卡没激活过|从没激活 ; 没刷够次数|刷卡次数不够 ; 差几块钱没还清|少还了几块钱 ; 被客服诱导办的|客服电话推荐办的 ; 忘了注销|一直忘记销卡 ; 提前还款|提前结清 ; 自动扣款失败|自动还款没扣成 ; 出国旅游刷卡|出境刷卡 ; 换卡的时候|更换新卡时 ; 卡早就丢了|卡很早就遗失 ; 宽限期内还的|在宽限期还款
% ask = 我已经还了钱|钱我已经交了 ; 想销户|打算注销卡 ; 怕影响征信|担心上征信 ; 打客服没用|客服不给解决 ; 扣了好几年|连续扣了几年 ; 是金卡|办的金卡 ; 是白金卡|办的白金卡 ; 是学生卡|当年办的学生卡 ; 是附属卡|给家人的附属卡 ; 是联名卡|办的联名卡
- {bank}信用卡收{fee}，{trigger}，{ask}，[能退吗|可以减免吗]
- {trigger}被{bank}收了{fee}，{ask}，[能要求退吗|可以退吗]
- {ask}，{bank}信用卡{fee}[能退回来吗|可以申请退吗]，{trigger}
- {bank}[扣|收]我信用卡{fee}，{trigger}，{ask}，[能要回来吗|能不能免]
- {fee}[能减免吗|可以免掉吗]，{bank}信用卡，{ask}，{trigger}
- 持卡人{trigger}，{bank}收取{fee}，{ask}，[可否申请退还|能否减免]
= {bank}的信用卡，{trigger}，被收了{fee}，{ask}。
! 先看领用合约和收费公示，[首次一般可致电客服申请减免|未激活的信用卡不得收年费]，[协商不成可向监管部门投诉|及时销卡避免再扣]。

@ wealth_loss 银行业务 bank product sale state elder
% product = 银行理财|理财产品 ; 公募基金|基金 ; 代销的信托|信托产品 ; 纸黄金|账户黄金 ; 结构性存款 ; 私募产品|私募基金 ; 代销保险|银保产品
% sale = 经理说保本|理财经理承诺保本 ; 没做风险测评|没有风险评估 ; 代做风险测评|经理替填的测评 ; 没有录音录像|没有双录 ; 手机银行自己买的|自己在手机银行买的 ; 当成存款推荐|说是存款推荐的 ; 私下飞单|员工私售的产品
% state = 亏了三成|亏损30% ; 到期不兑付|到期没兑付 ; 赎回不了|没法赎回 ; 本金只剩一半|亏了一半本金 ; 收益比宣传低|收益低于宣传 ; 经理已离职|理财经理离职了
- {elder}在{bank}买的{product}{state}，{sale}，[能要银行赔吗|银行赔吗]
- {sale}，{elder}买{product}，{state}，{bank}，[银行要赔吗|能找银行赔吗]
- {bank}{product}{state}，{sale}，{elder}买的，[银行有责任吗|银行该赔吗]
- {state}，{elder}的{product}，当时{sale}，[可以找|能让]{bank}赔吗
- {elder}被{bank}推销{product}，{sale}，{state}，[能让银行赔钱吗|银行该负责吗]
- 投资者是{elder}，{bank}，{product}，{sale}，{state}，[银行应否赔偿|能否主张赔偿]
= {elder}在{bank}买了{product}，{sale}，现在{state}。
! 看银行是否尽到适当性义务，[误导销售的可主张赔偿本金损失|自主购买且风险匹配的自担风险]，[可要求调取双录|先投诉再走金融调解或诉讼]。

@ fake_goods 消费维权 goods place proof state
% goods = 手机 ; 名牌包|奢侈品包 ; 运动鞋|球鞋 ; 茅台酒|飞天茅台 ; 护肤品 ; 奶粉|婴儿奶粉 ; 翡翠手镯|玉镯 ; 手表|名表 ; 保健品 ; 羽绒服 ; 黄金首饰|金饰 ; 红木家具 ; 燕窝 ; 汽车配件|汽配件 ; 化肥 ; 字画|书画
% place = 直播间|主播直播间 ; 网店 ; 二手平台 ; 微商|微信朋友圈 ; 商场专柜 ; 海淘店|跨境电商 ; 社区团购 ; 烟酒店 ; 旅游景区 ; 电视购物 ; 展销会
% proof = 没有发票|没发票 ; 鉴定机构说是假的|有鉴定报告 ; 品牌方说不是正品|官方售后说非正品 ; 只有聊天记录 ; 已经拆封用了|已使用过 ; 过了七天|签收超过七天 ; 有开箱视频 ; 肉眼看得出来|一眼就能看出 ; 直播回放没了|直播回放被删 ; 写了假一赔十|承诺假一赔十
% state = 商家不承认|卖家不承认 ; 商家只肯退款|卖家只愿退款 ; 店铺关了|店已注销 ; 平台不管|平台不处理 ; 说我调包|卖家说我掉包 ; 还没联系商家|还没找卖家
- {place}买的{goods}是假的，{proof}，{state}，[能要求赔偿吗|能要求几倍赔偿]
- 买到假{goods}，{place}，{proof}，{state}，[能索赔吗|可以要求赔偿吗]
- {proof}，{place}买{goods}，{state}，[假一赔三|退一赔三]能支持吗
- {state}，我在{place}买的{goods}是假货，{proof}，[能要赔偿吗|能让商家赔吗]
- {goods}疑似假货，购于{place}，{proof}，{state}，[能否主张惩罚性赔偿|可否要求赔偿]
- 在{place}花钱买{goods}结果是假货，{proof}，{state}，[能要求赔钱吗|能多倍赔偿吗]
= 在{place}买了{goods}，[收到就觉得不对|用了发现不对]，{proof}，{state}。
! 经营者欺诈的可要求退一赔三，食品可要求十倍赔偿，[先保全订单和实物证据|可要求平台提供卖家信息]，[拨打12315投诉|协商不成起诉]。

@ prepaid_card 消费维权 shop state card city
% shop = 健身房 ; 美容院 ; 理发店|美发店 ; 早教中心 ; 游泳馆 ; 洗车店 ; 瑜伽馆 ; 舞蹈班|舞蹈培训班 ; 月子中心 ; 口腔诊所|牙科诊所 ; 养发馆 ; 桌球馆|台球厅 ; 推拿馆|按摩店 ; 水果店 ; 产后康复中心 ; 围棋班|围棋培训
% state = 关门跑路|老板跑路 ; 换了老板不认账|换老板后不认 ; 搬到很远的地方|搬迁到很远 ; 停业装修好几个月|一直停业装修 ; 教练老师换了|换了老师教练 ; 服务缩水|服务大打折扣 ; 我要搬家|我搬去外地 ; 我怀孕了用不了|我怀孕不能用 ; 涨价还限制使用|涨价还限时段 ; 把会员转给别家|强行转到别的店
% card = 卡里还剩一半|还有一半余额 ; 刚充一个月|才充值一个月 ; 办的终身卡|终身会员卡 ; 签了合同不退费|合同写不退不换 ; 卡过期了|会员卡过了有效期 ; 赠送的次数没用|送的次数没用完 ; 分期贷款付的|用分期贷款交的 ; 一次都没用|一次没去过
- {city}{shop}{state}，{card}，[会员费能退吗|钱能退吗]
- {shop}办卡，{state}，{card}，{city}，[能退吗|能要回来吗]
- {state}，{shop}的卡，{card}，在{city}[能退钱吗|余额能退吗]
- {card}，{city}{shop}{state}，[能要求退钱吗|剩下的能退吗]
- {shop}[预付卡|会员卡]退费，{state}，{card}，{city}，[能退吗|退得了吗]
- 消费者在{city}{shop}预付消费，{card}，{state}，[能否要求退款|如何主张退还余额]
= 我在{city}一家{shop}办了卡，{card}，现在{state}。
! 经营者违约或停业的应退还余额，[“概不退款”属霸王条款|消费者单方原因可协商扣除合理费用]，[拨打12315|跑路涉嫌诈骗的可报警，人多可集体起诉]。

@ return_goods 消费维权 goods flaw excuse place
% goods = 手机 ; 笔记本电脑|笔记本 ; 洗衣机 ; 冰箱 ; 沙发 ; 床垫 ; 羽绒服 ; 婚纱 ; 婴儿车|童车 ; 电动车|电瓶车 ; 跑步机 ; 投影仪 ; 耳机 ; 扫地机器人|扫地机 ; 热水器 ; 瓷砖 ; 定制衣柜 ; 宠物猫|小猫
% flaw = 尺寸不合适|大小不合适 ; 有划痕|有刮痕 ; 不想要了|单纯不喜欢 ; 颜色和图片不一样|和图片有色差 ; 用三天就坏|三天就坏了 ; 少配件|缺少配件 ; 气味很大|味道刺鼻 ; 发错型号|发错款 ; 第二天就降价|刚买就降价 ; 运输中损坏|快递摔坏
% excuse = 说拆封不退|拆封了不给退 ; 说定制不退|定制品不给退 ; 说过了七天|超七天不给退 ; 要我出检测报告|让我提供检测报告 ; 要扣百分之二十|要扣20%费用 ; 要我承担运费|让我出来回运费 ; 说特价不退|特价商品不退 ; 不理人|一直不回复 ; 只换不退|只给换货
% place = 网上买的|网购的 ; 实体店买的|门店买的 ; 直播间买的|直播买的 ; 二手平台买的|闲置平台买的 ; 商场买的|在商场买 ; 团购的|社区团购买的
- {place}{goods}，{flaw}，商家{excuse}，[能退吗|可以退货吗]
- {goods}{flaw}，{place}，卖家{excuse}，[能退吗|可以退吗]
- 想退{goods}，{flaw}，商家{excuse}，{place}，[能退掉吗|退得了吗]
- 商家{excuse}，我的{goods}{flaw}，{place}，[我能退吗|能坚持退货吗]
- {flaw}，{place}{goods}，退货时店家{excuse}，[到底能不能退|能退款吗]
- 关于退货：{goods}，{place}，{flaw}，经营者{excuse}，[是否应予退货|可否要求退货]
= {place}{goods}，{flaw}，找商家，对方{excuse}。
! 网购一般七天无理由退货，[定制、鲜活等除外|质量问题运费由商家承担]，[三包期内可修换退|拍照留证后拨打12315]。

@ trip_refund 消费维权 item cause rule channel city
% item = 机票 ; 酒店|酒店房间 ; 跟团游|旅行团 ; 演唱会门票|演唱会票 ; 邮轮|邮轮船票 ; 民宿 ; 景区门票 ; 自由行套餐|机酒套餐 ; 研学营|研学旅行 ; 租车订单|租车 ; 签证服务|代办签证
% cause = 突发疾病|生病去不了 ; 台风|遇到台风 ; 航班取消|航班被取消 ; 拒签|签证被拒 ; 怀孕了|发现怀孕 ; 家人去世|家里有丧事 ; 公司不给假|请不下来假 ; 主办方改期|对方改期 ; 名字填错|姓名填错了 ; 下错日期|订错日期 ; 身份证丢了|证件丢失
% rule = 写着不可取消|规则是不可取消 ; 要扣一半手续费|要扣50%的费用 ; 平台和商家互相推|平台和商家互相推诿 ; 只给退券|只退代金券 ; 全额不退|一分不退 ; 说要医院证明|要三甲证明
% channel = 在平台订的|网上平台订的 ; 旅行社订的|在旅行社报的 ; 官网订的|在官网买的 ; 黄牛那买的|找黄牛买的 ; 直播间抢的|直播间买的
- {city}{item}因为{cause}想退，{rule}，{channel}，[能退吗|可以退吗]
- {cause}，{channel}{item}，{rule}，[能退钱吗|可以退款吗]，目的地{city}
- {item}退款[纠纷|问题]，{channel}，{cause}，{rule}，目的地{city}，[能退吗|退得了吗]
- {rule}，{cause}，去{city}的{item}，{channel}，[能要求退款吗|可以退吗]
- 订了{city}的{item}，{channel}，{cause}，退的时候{rule}，[退得了吗|能退回来吗]
- 消费者预订{city}{item}，{channel}，因{cause}取消，{rule}，[是否有权要求退款|应否退款]
= 我订了去{city}的{item}，{channel}，{cause}，客服说{rule}。
! 不可抗力可解除合同，[应退还未实际发生的费用|扣费须合理并提供凭证]，[可向12345或文旅部门投诉|保留订单和沟通记录]。

@ used_car 消费维权 car flaw seller promise city
% car = 轿车 ; SUV|越野车 ; 新能源车|电动汽车 ; 面包车 ; 摩托车 ; 豪华车|豪车 ; 货车|小货车 ; 商务车|MPV
% flaw = 是泡水车|被水泡过 ; 调过表|里程表调过 ; 是重大事故车|出过大事故 ; 有抵押没解|抵押没解除 ; 发动机大修过|发动机拆修过 ; 过户不了|无法过户 ; 电池衰减严重|电池不行了 ; 原来是营运车|营转非的车 ; 是查封车|被法院查封 ; 火烧过|过火车 ; 排放标准不符|上不了本地牌
% seller = 二手车商|车贩子 ; 个人卖家|私人车主 ; 平台|二手车平台 ; 4S店|品牌店 ; 熟人|朋友介绍的人 ; 直播卖车的|直播卖车主播
% promise = 合同写了无事故|合同保证无事故 ; 只有口头承诺|口头说没问题 ; 没签合同 ; 签了车况自负|合同写车况自负 ; 有检测报告|出过检测报告 ; 已经开了半年|开了半年才发现 ; 交了定金没提车|付定金还没提 ; 贷款买的|办了车贷
- 从{seller}买的二手{car}{flaw}，{promise}，{city}，[能退一赔三吗|能退车吗]
- {flaw}，二手{car}，{seller}卖的，{promise}，在{city}[能退车赔钱吗|可以退车索赔吗]
- {promise}，{seller}卖给我的二手{car}{flaw}，[可以退车索赔吗|能要求退车赔偿吗]，{city}
- {city}买二手{car}，{seller}隐瞒，{flaw}，{promise}，[能退一赔三吗|可以退车吗]
- 二手{car}[纠纷|问题]，{flaw}，{promise}，卖方{seller}，{city}，[能要求退车赔偿吗|能起诉退车吗]
- 买到问题二手{car}，{flaw}，{seller}不认账，{promise}，{city}，[能退车吗|可以要求退车赔偿吗]
= 在{city}从{seller}买了二手{car}，{promise}，后来发现{flaw}。
! 卖方故意隐瞒重大车况构成欺诈，[经营者可主张退一赔三|个人卖家可请求撤销合同]，[先做第三方鉴定|保留聊天和广告]。

@ class_refund 消费维权 course org cause pay city
% course = 考研课|考研辅导 ; 公务员考试班|公考班 ; 雅思课|雅思班 ; 编程课|IT编程课 ; 驾校|学车 ; 少儿英语|儿童英语课 ; 一对一辅导|一对一家教 ; 会计证课|会计考证课 ; 健康管理师课|健康管理师考证 ; 消防工程师课|消防证培训 ; 钢琴课 ; 美容培训|美容师培训 ; 短视频运营课|短视频课 ; 心理咨询师课|心理咨询师考证 ; 托管班|课后托管
% org = 校区关门|校区突然关了 ; 还没开课|尚未开课 ; 上了三节|只上了三节课 ; 上了一半|课上了一半 ; 老师总换|频繁换老师 ; 承诺包过没过|包过班没考过 ; 机构没资质|机构没有办学资质
% cause = 机构说合同不能退|以合同约定不退 ; 要扣一半违约金|要扣50%违约金 ; 退费一拖再拖|说排队退费 ; 只给转课|只能转课 ; 客服已失联|客服联系不上 ; 说赠课要扣钱|要扣赠送课程费
% pay = 贷款分期交的|用培训贷交的 ; 一次性付清|全款付的 ; 刷的信用卡|信用卡付的 ; 只交了定金|才付定金 ; 转给老师个人|转到老师私人账户
- {course}想退费，{org}，{cause}，{pay}，{city}，[能退吗|退得了吗]
- {city}报的{course}，{org}，{cause}，{pay}，[能退吗|可以退吗]
- {cause}，{course}{org}，{pay}，在{city}[能退钱吗|学费能退吗]
- {pay}的{course}，{org}，{cause}，{city}，[能退费吗|可以退钱吗]
- 培训退费：{course}，{city}，{org}，{pay}，{cause}，[能否要求退款|可否退费]
- {org}，{course}的钱{pay}，{cause}，[剩下的能要回来吗|能退剩余学费吗]，{city}
= 我在{city}报了{course}，{pay}，{org}，要求退费，{cause}。
! 未消课部分一般应退，[不退费条款属格式条款可主张无效|机构违约可解除合同]，[向教育或市场监管部门投诉|贷款同时通知放贷机构停止扣款]。
"""

EN_INTENTS = """
@ en_dismissal labour job work reason city
% reason = poor performance|bad performance ; restructuring|a reorganisation ; being late|lateness ; refusing a transfer ; a social media post|something posted online ; no reason at all|no stated reason ; an argument with a manager|arguing with the manager ; gross misconduct ; lying on the CV|a false CV
- I [was fired|was sacked] as {job} {work} in {city} for {reason}, [can I get compensation|am I owed anything]?
- [fired|dismissed] for {reason} while working as {job} {work}, {city} - [can I claim|am I owed compensation]?
- {city}: is compensation due when {job} hired {work} is [let go|dismissed] for {reason}?
- can {job} {work} claim [unfair dismissal|compensation] after being let go for {reason} in {city}?
- my boss in {city} [let me go|got rid of me] for {reason}. I worked as {job} {work}. [do they owe me anything|can I claim]?
- does {job} {work} get [severance|compensation] after dismissal for {reason} in {city}?
= I worked as {job} in {city} {work} and was told to leave. They said it was because of {reason}.
! It depends on whether the reason is fair and a proper procedure was followed. [Appeal in writing first|Keep every letter and email], then file a claim before the deadline.

@ en_overtime labour job pattern excuse city
% pattern = six days a week|a six-day week ; double shifts ; every public holiday|all public holidays ; through lunch breaks|during unpaid lunch breaks ; night shifts back to back|back-to-back night shifts ; unpaid training on weekends|weekend training unpaid ; on call every night|on-call duty every night
% excuse = it is in the salary|the salary already covers it ; nobody approved it|there was no approval ; managers are exempt|I count as a manager ; they only give time off|only time off in lieu is given ; everyone does it|it is normal in the industry ; the records were lost|they lost the timesheets ; I am self-employed|I am a contractor
- I work {pattern} as {job} in {city} and my boss says {excuse}, [should I get overtime pay|is overtime due]?
- no overtime pay for {job} working {pattern}, {city}. they say {excuse}. [can I still claim it|am I entitled to it]?
- can a {city} employer refuse overtime because {excuse}? I'm {job} working {pattern}
- overtime claim: {job}, {pattern}, {city}, the company claims {excuse}, [do I have a case|is it worth it]?
- they tell me {excuse}, but I work {pattern} as {job} in {city}. [do they still owe me overtime|is overtime pay due]?
- [can I claim|am I able to recover] unpaid overtime in {city} as {job} working {pattern} if they say {excuse}?
= I am {job} in {city} working {pattern}. When I asked about overtime pay they answered that {excuse}.
! Check the contract and the statutory limits. [Keep your own log of hours|Copies of rotas help], and raise a written grievance before a claim.

@ en_injury labour job work how injury city
% how = slipped on a wet floor|fell on a wet floor ; fell off a ladder|fell from a ladder ; was hit by a forklift|got hit by a forklift ; lifted a heavy box|lifted something heavy ; was attacked by a customer|got assaulted by a customer ; crashed on a delivery|had a crash during a delivery ; tripped over a cable|fell over a loose cable ; caught a hand in a machine|got a hand trapped in a machine
- {job} {work} {how} at work in {city} and got {injury}, [can they claim|is there a claim]?
- I {how} as {job} {work}, {injury}, {city}: [can I get compensation|am I entitled to compensation]?
- work accident in {city}: {job}, {work}, {how}, {injury}. [can they get compensation|is compensation due]?
- [can I claim|do I have a claim] for {injury} after I {how}? I'm {job} {work} in {city}
- {injury} because I {how} on the job, {city}, {job} {work}, [can I make a claim|could I claim]?
- is the employer liable when {job} {work} {how} and has {injury}? we are in {city}
= I am {job} in {city}, employed {work}. I {how} during a shift and ended up with {injury}.
! Report the accident in writing and get it in the accident book. [See a doctor early|Keep all receipts]. Employers normally carry insurance for this.

@ en_wages labour job why owed city
% owed = two months of pay|two months' wages ; the last pay cheque|the final paycheck ; holiday pay|accrued holiday pay ; a bonus|a promised bonus ; commission|sales commission ; tips ; expenses|expense refunds
% why = the company is insolvent|the company went bust ; I quit without notice|I left without notice ; there was no contract|nothing was in writing ; they say I broke equipment|they blame me for broken equipment ; the owner vanished|the owner cannot be found ; the business changed hands|a new owner took over ; they are late every month|they always pay late
- my employer in {city} won't pay {owed}, {why}. I was {job}. [what now|how do I get it]?
- {why} and I'm still owed {owed} as {job} in {city}, [how do I claim it|how can I recover it]?
- how [do I recover|can I get] {owed} in {city} if {why}? worked as {job}
- unpaid: {owed}. {job}, {city}, {why}. [how do I get paid|what are my options]?
- how do I make a boss pay {owed} if {why}? ({job}, {city})
- worked as {job} in {city}, {why}, never got {owed} - [how do I recover it|what is the way to get it]?
= I was {job} in {city}. {why} and I never received {owed}.
! Send a dated written demand first. [Then file a wage claim|A labour inspector can order payment]; if the firm is insolvent a guarantee fund may pay.

@ en_custody family child state side city
% child = a baby|a newborn ; a toddler|a two-year-old ; a six-year-old|a child aged six ; a teenager|a teenage child ; twins|twin children ; a disabled child|a child with a disability ; two kids at school|two school-age kids
% state = the other parent cheated|my ex had an affair ; the other parent drinks|my ex has a drinking problem ; I have no income|I don't have a job ; I work night shifts|I work nights ; my ex moved abroad|my ex lives abroad ; my ex has a new partner ; we were never married|we never married ; my ex was violent|there was violence from my ex ; I want to move away|I plan to relocate
% side = the father|dad ; the mother|mum
- divorce in {city} with {child}, {state}, I'm {side}: [who gets custody|will I get custody]?
- {state}. can I as {side} get custody of {child} in {city}?
- custody of {child} when {state} ({side} here, {city})
- how do {city} courts decide on {child} if {state}? [asking as|I am] {side}
- I'm {side} of {child} in {city}. {state}. [what are my chances|do I stand a chance]?
- [fighting for|seeking] custody of {child}: {state}, {city}, I'm {side}. [any tips|what matters most]?
= We have {child} and live in {city}. I'm {side}, and {state}.
! Courts look at the best interests of the child first. [Stable care matters most|Keep a record of who does the daily care], and try mediation before a hearing.

@ en_divorce_assets family asset years state city
% asset = the house bought before marriage|a house I owned before the wedding ; the house in my ex's name|a home that is only in my spouse's name ; a pension|my pension ; a family business ; an inheritance ; credit card debts ; stock options ; the dog ; a house my parents paid for|the house my parents bought us
% years = married under a year|married less than a year ; married five years|after five years of marriage ; married twenty years|after twenty years of marriage ; second marriage|it is a second marriage
% state = no prenup|we have no prenup ; there is a prenup|we signed a prenup ; my spouse hides money|my spouse is hiding assets ; we are separated already|we already live apart ; I stayed home with the kids|I was a stay-at-home parent ; my spouse cheated|my spouse had an affair ; I earn more|I am the higher earner
- how is {asset} [split|divided] in a divorce in {city}? {years}, {state}
- divorcing in {city}, {years}, {state}: [what happens to|who keeps] {asset}?
- {state}, {years}. [do I have to share|is my spouse entitled to] {asset}? {city}
- {asset} in divorce - {city}, {years}, {state}, [fifty-fifty or not|is it 50/50]?
- is {asset} marital property in {city} if {state}? {years}
- {years}, {city}, {state}. [can I keep|will I lose] {asset} when we divorce?
= We are getting divorced in {city}: {years}, {state}. The main question is {asset}.
! It depends on when and how it was acquired. [Full disclosure is required|Contributions at home count too]; a settlement is cheaper than a trial.

@ en_support family payer issue child city
% payer = self-employed ; unemployed|out of work ; living abroad|living overseas ; paid in cash|working cash in hand ; a high earner|earning a lot ; in prison|in jail ; studying full time|a full-time student
% issue = never paid|not one payment made ; stopped paying ; pays only half|pays half of it ; wants to pay less|asks to reduce it ; wants a lump sum|offers one lump sum ; demands a paternity test|asked for a DNA test
% child = a baby|a newborn ; a toddler|a two-year-old ; a six-year-old|a child aged six ; a teenager|a teenage child ; twins|twin children ; a disabled child|a child with a disability ; a student aged 19|a 19-year-old student
- child support for {child} in {city}: {payer}, {issue}. [what can I do|how do I enforce it]?
- my ex ({payer}) {issue}, it's for {child}, {city}. [any way to force it|what are my options]?
- {issue}: child maintenance for {child}, {payer}, {city}, [how can I enforce it|what can I do]?
- what can I do about [support|child maintenance] for {child} in {city}? the other parent is {payer}, so far: {issue}
- {city} child maintenance, {payer}, {child}, {issue} - [what are my options|what should I do]?
- [need help|question] about support for {child}. {payer}, {issue}. we're in {city}
= It is about support for {child} in {city}. The other parent is {payer}; so far: {issue}.
! Payments follow income and the number of nights. [The agency can deduct from wages|You can ask for enforcement]; any change needs a new order.

@ en_crash_fault traffic mine scene other city
% mine = my car ; my bike|my bicycle ; my motorbike|my motorcycle ; my e-scooter|my electric scooter ; my van ; my taxi|my cab ; a rental car|my rental
% scene = they opened a door|they opened the door into me ; they changed lanes without signalling|they cut into my lane ; I rear-ended them|I hit them from behind ; they ran a red light|they jumped the lights ; both lights were green|we both had green ; they reversed into me|they backed into me ; I was turning left|I made a left turn ; it was a car park|it happened in a parking lot ; they braked for a dog|they stopped dead for a dog ; the road was icy|there was black ice
% other = a bus ; a taxi|a cab ; a lorry|a truck ; a cyclist|someone on a bike ; a pedestrian ; a delivery van ; a motorcyclist|a motorbike ; a parked car ; a police car ; a tram
- {mine} and {other} collided in {city}, {scene}, [who is at fault|whose fault is it]?
- {scene} - crash between {mine} and {other}, {city}. [am I liable|am I to blame]?
- accident in {city} with {other}: I had {mine}, {scene}. [who is at fault|who is to blame]?
- who is liable if {scene}? {mine} against {other} in {city}
- hit {other} with {mine} in {city}, {scene}, [will I get the blame|is it all on me]?
- [fault question|liability question]: {city}, {mine}, {other}, {scene}
= There was a collision in {city} between {mine} and {other}; {scene}. Nobody admits anything.
! Fault follows the traffic rules and the evidence. [Dashcam footage helps|Get witness names], notify your insurer and admit nothing at the scene.

@ en_crash_claim traffic who injury cover work city
% cover = the driver was uninsured|the driver had no insurance ; it was a hit and run|the driver fled ; fault is shared|both drivers were partly at fault ; the driver was drunk|it was a drunk driver ; their insurer made a low offer|the insurer offers very little ; it was a company van|it was a work vehicle
% work = self-employed ; retired ; a student ; unemployed|out of work ; on a temporary contract|a temp ; a full-time employee|working full time
- {who} got {injury} in a crash in {city}, {cover}, they are {work}. [what can we claim|how much is it worth]?
- {cover}: {who} ({work}) has {injury} after an accident in {city}, [what compensation is there|what can we get]?
- car accident compensation for {who}, {work}, {injury}, {city} - {cover}
- {injury} after a road accident in {city}. {who} is {work} and {cover}. [what can we claim|how much could we get]?
- what can be claimed when {cover}? {who}, {work}, has {injury}, {city}
- what can {who} ({work}) claim for {injury}? {cover}, {city}
= It happened in {city}. {who} suffered {injury} and is {work}. Also, {cover}.
! You can claim treatment, lost income and pain. [Do not sign a full release early|A fund covers uninsured drivers]; keep all receipts.

@ en_ticket traffic viol how licence city
% viol = running a red light|jumping a red light ; speeding ; using a phone|holding a phone ; driving in a bus lane ; parking in a loading bay ; no seat belt|not wearing a seat belt ; an illegal U-turn ; driving without insurance ; a broken tail light|a faulty tail light ; blocking a box junction
% how = caught on camera|a camera got me ; stopped by police|pulled over ; the sign was hidden|a tree hid the sign ; making way for an ambulance|letting an ambulance through ; a medical emergency|it was an emergency ; someone else drove|I was not the driver ; the notice came late|the notice arrived too late ; I had sold the car|the car was already sold
% licence = a new driver|newly licensed ; on a learner permit|with a learner licence ; on a foreign licence|with a foreign licence ; a professional driver|I drive for a living ; nine points already|already on nine points ; a clean licence|no points so far
- got a ticket in {city} for {viol}, {how}, {licence}. [can I appeal|is it worth fighting]?
- {viol} in {city} ({how}), {licence}: [can I fight it|is an appeal possible]?
- {licence}, fined for {viol}, {how}, {city}, [can I contest it|is there a way to appeal]?
- {how}: fine for {viol} in {city}. {licence}. [can I contest it|can I get it cancelled]?
- [can I challenge|is it possible to fight] a fine for {viol} in {city}? {licence}, {how}
- [appealing|contesting] a {city} penalty: {viol}, {how}, {licence}
= I got a notice from {city} for {viol}. {how}. About me: {licence}.
! You can contest within the period on the notice. [Send photos and documents|State the reason briefly]; paying normally counts as accepting it.

@ en_deposit housing home landlord reason city
% landlord = my landlord|the landlord ; the letting agency|the rental agency ; the head tenant|the person I sublet from ; a property company|a big property firm ; the student housing office
% reason = marks on the wall|scuffs on the walls ; a broken oven|the oven broke ; moving out early|an early move-out ; cleaning costs|a cleaning fee ; a pet|having a pet ; no inventory|there was no inventory ; an unpaid bill|a utility bill ; mould|mold ; a lost key|a missing key ; nothing at all|no reason whatsoever ; carpet stains|stains on the carpet
- {landlord} in {city} keeps my deposit for {home} because of {reason}, [can they|is this legal]?
- [can I get|am I able to get] my deposit back from {landlord}? {home}, {city}, reason given: {reason}
- deposit [withheld|not returned] over {reason}. {home} in {city}, {landlord}. [can they keep it|is that allowed]?
- {reason}: can {landlord} deduct this from the deposit on {home} in {city}?
- moved out of {home} in {city} and {landlord} won't refund the deposit, citing {reason}. [allowed|is that right]?
- deposit dispute, {city}, {home}, {landlord}, {reason} - [can they keep it|do I get it back]??
= I rented {home} in {city}. After I moved out {landlord} kept the deposit and cited {reason}.
! Fair wear and tear cannot be charged. [Ask for an itemised list|Use the deposit scheme's free dispute service] and send photos.

@ en_evict housing home why state city
% why = the owner is selling|the house is being sold ; the owner wants to move in|the landlord wants to live there ; rent arrears|being behind on rent ; complaints about noise|noise complaints ; I asked for repairs|asking for repairs ; the bank repossessed it|a repossession ; a big rent increase I refused|refusing a rent rise ; subletting a room|I sublet a room
% state = no written lease|there is no written lease ; mid lease|in the middle of the lease ; a month-to-month tenancy|month to month ; we have a newborn|there is a newborn ; the locks were changed|they changed the locks ; I got a text only|notice came by text ; I have lived here ten years|ten years in the place ; the heating was cut|they cut off the heating
- can I be evicted from {home} in {city} because of this: {why}? {state}
- evicted from {home}, {city}: {why}, {state}. [is this legal|can they do that]?
- {state}. landlord wants me out of {home} in {city}, the reason: {why}. [do I have to go|must I leave]?
- [eviction notice|notice to leave] in {city}, {home}, {why}, {state}: [is it valid|do I have to go]?
- is the eviction [legal|valid]? {city}, {home}, {state}, reason: {why}
- my landlord in {city} gave notice on {home} ({why}), {state}, [do I have to go|can they make me leave]?
= I rent {home} in {city}. The landlord wants me out: {why}. Also: {state}.
! A landlord needs proper notice and a court order. [Changing locks or cutting services is illegal|Do not leave before the date in the order]; ask a tenants' union.

@ en_repairs housing home defect reply city
% defect = black mould|black mold ; no hot water|the hot water is out ; a leaking roof|a roof leak ; bed bugs|a bed bug problem ; a broken boiler|the boiler broke ; rats|a rat infestation ; unsafe wiring|dangerous wiring ; a leak from upstairs|water from the flat above ; a broken lift|the elevator is out ; single glazing and damp|damp from old windows
% reply = ignores me|never answers ; says it's my fault|blames me ; promised and did nothing|keeps promising ; says pay it yourself|wants me to pay ; threatens to evict me|threatens eviction ; is abroad|lives overseas ; wants to raise the rent for it|wants more rent for it
- {defect} in {home} in {city} and the landlord {reply}, [how do I get it fixed|what can I do]?
- landlord {reply} about {defect}, {home}, {city}. [how can I force repairs|what can I do]?
- how can I get the landlord to fix {defect} in {home} in {city}? so far the landlord {reply}
- [how do I get repairs for|what can I do about] {defect} in {home}? {city}, landlord {reply}
- {city} tenant, {home}, {defect}; landlord {reply}, [what are my options|how do I make them fix it]?
- how to force repairs of {defect} in {city}, {home}, when the owner {reply}?
= I rent {home} in {city} with {defect}. I wrote several times; the landlord {reply}.
! Report it in writing with photos. [The council can inspect|Local inspectors can order repairs]; withholding rent without advice is risky.

@ en_loan debt debtor proof state amount city
% amount = 500|five hundred ; 2,000|two thousand ; 6,000|six thousand ; 15,000|fifteen thousand ; 40,000|forty thousand
% proof = only text messages|just texts ; a bank transfer record|proof of transfer ; nothing in writing|no paperwork ; a signed IOU ; a witness|one witness ; an unsigned note ; a voice message|a voice note
% state = blocked me|has blocked me ; says it was a gift|claims it was a gift ; moved abroad|went abroad ; is bankrupt|went bankrupt ; died|has died ; pays tiny amounts|pays a little now and then ; denies everything|denies it all ; says it was an investment|calls it an investment
- lent {amount} to {debtor} who {state}, I have {proof}, {city}. [can I sue|how do I get it back]?
- {debtor} owes me {amount} and {state}, {proof}, {city}: [can I get it back|is small claims possible]?
- is {proof} enough to get {amount} back from {debtor} who {state}? {city}
- {proof}, {debtor}, {amount} - that person {state}. [can a court help|can I sue] in {city}?
- [recovering|getting back] {amount} lent to {debtor} in {city}: the borrower {state} and I have {proof}
- loan of {amount} to {debtor}, {city}, {proof}. the other side {state}. [do I have a case|any chance]?
= I lent {amount} to {debtor}. I have {proof}. We both lived in {city} then; now the borrower {state}.
! Send a letter before action with a deadline. [Transfers and messages are evidence|Use the small claims court for lower sums]; watch the limitation period.

@ en_collector debt kind act state city
% kind = a credit card debt|credit card debt ; a payday loan ; a medical bill|a hospital bill ; an old phone bill|a phone contract debt ; a student loan ; a car loan|car finance ; a gym membership|an old gym contract ; a debt of my ex|my ex's debt ; a parking charge ; an energy bill|a gas and electricity bill
% act = calls my workplace|phones my work ; threatens court|threatens to sue ; came to my door|knocked on my door ; calls ten times a day|rings all day ; contacted my family|messaged my relatives ; wants to take my car|wants to seize my car ; froze my account|got my account frozen ; posts about me online
% state = it is six years old|from six years ago ; I already paid it|it was paid off ; it is not mine|the debt is not mine ; I lost my job|I am out of work ; I'm on benefits|I live on benefits ; the amount doubled|they doubled the amount ; I never got a letter|no letter ever came ; I am disputing it|it is in dispute
- a debt collector {act} over {kind}, {state}, {city}. [is that legal|can I stop it]?
- {state} but the collector {act}, it's {kind}. [are they allowed to|can I make it stop] in {city}?
- [can I stop|how to stop] collectors calling about {kind} in {city}? {state} and the agency {act}
- {kind}, {state}: collection agency {act}, {city}, [is this legal|can I stop this]?
- can a collector do this in {city}? the firm {act} for {kind}, {state}
- {city}: the agency {act} because of {kind}. {state}. [is that allowed|how do I stop them]?
= A collection agency {act}. It is about {kind} and {state}. I live in {city}.
! Ask for written proof of the debt. [Harassment is unlawful|An old debt may be time-barred]; free debt charities can negotiate.

@ en_will inheritance who flaw asset city
% flaw = was not witnessed|had no witnesses ; was only a copy|was just a photocopy ; was handwritten ; was changed last month|was altered a month before ; left out one child|excluded one of the children ; was signed in hospital|was signed on a hospital bed ; named an ex|still named a former spouse ; had a shaky signature|had an odd signature ; was a video|was recorded on video ; left all to a carer|gave everything to a carer
% asset = a house|the house ; savings|bank savings ; a farm ; shares ; a pension pot|a pension ; jewellery|jewelry ; a small company|a small business ; a flat abroad|an apartment overseas ; crypto|cryptocurrency ; a car
- {who} died in {city} and the will {flaw}, there is {asset}. [is it valid|does it count]?
- the will {flaw}: is it valid for {asset} left by {who}? {city}
- does the will of {who} stand if it {flaw}? {asset}, {city}
- {city} estate of {who}: {asset}, the will {flaw}. [is the will valid|does it hold up]?
- when {who} dies in {city} and the will {flaw}, is it still valid for {asset}?
- [is a will valid|does a will stand] if it {flaw}? it's about {asset}, {who}, {city}
= {who} passed away in {city} and left {asset}. The will {flaw}. The family does not agree.
! Validity depends on signature, witnesses and capacity. [If it fails, intestacy rules apply|There is a short deadline to contest], so see a probate solicitor.

@ en_estate_debt inheritance who debt asset city
% debt = a mortgage ; credit cards|credit card balances ; a tax bill|unpaid tax ; a care home bill|care home fees ; a personal loan|a bank loan ; a car lease ; a loan from a friend|money owed to a friend ; hospital bills|medical bills
% asset = left nothing|had nothing to leave ; left only a house|left just a house ; had a joint account|had a joint bank account with me ; had life insurance|had a life policy ; gave me the car before|had given me the car ; left some savings|left a little in savings ; owned half of our home|co-owned our home
- {who} died in {city} with {debt} and {asset}. [do I have to pay|am I liable]?
- [who pays|what happens to] {debt} after {who} dies? {asset}, {city}
- {asset} but {debt} remains: is the family of {who} responsible in {city}?
- creditors want {debt} paid after {who} died, {city}, {asset}, [is it my debt now|must we pay]?
- [inherited debt|debt after death] in {city}: {who}, {debt}, {asset}
- {city}: {who} passed away, {asset}, can they chase us for {debt}?
= {who} died in {city}; there is {debt}. {who} {asset}. A letter came addressed to me.
! Debts are paid from the estate first. [Relatives are not liable unless they co-signed|Do not pay from your own money yet]; tell creditors in writing.

@ en_health_denied health-insurance product major cond who
% product = private health insurance|a private health policy ; critical illness cover|a critical illness policy ; travel insurance|a travel policy ; employer health plan|a group health plan at work ; income protection|an income protection policy ; cancer insurance|a cancer-only policy
- claim for {major} denied because {who} didn't mention {cond} - {product}, [is that fair|is that allowed]?
- {product} won't pay for {major}, they found {cond} in the records of {who}. [is that fair|is it legal]?
- {who} has {major} and the insurer says {cond} was not disclosed. {product}. [is that right|can they refuse]?
- does undisclosed {cond} void {product} when {who} gets {major}?
- forgot to declare {cond}, now {who} is diagnosed with {major}: will {product} pay?
- [insurer|insurance company] refused {major} claim over {cond} ({who}, {product}), [is that fair|can they do that]?
= {who} bought {product} some years ago. {cond} was not on the form, and now the diagnosis is {major}.
! Insurers must show the question was asked and that the answer mattered. [Ask for the underwriting file|Complain, then go to the ombudsman].

@ en_health_buy health-insurance product cond state who
% product = private health insurance|a private health policy ; critical illness cover|a critical illness policy ; travel insurance|a travel policy ; life insurance|a life policy ; income protection|an income protection policy ; visitor insurance|cover for a visiting relative
% state = controlled by medication|kept under control with tablets ; just diagnosed|only just diagnosed ; in remission for years|symptom free for years ; waiting for tests|still waiting for test results ; after surgery|since an operation ; turned down once|refused by another insurer
- can {who} get {product} with {cond}, {state}?
- {product} for {who} with {cond} ({state}), [is it possible|will it cost more]?
- {cond}, {state}: [is it possible|can we still] get {product}? it's for {who}
- [is it possible|any way] to buy {product} when {who} has {cond}, {state}?
- will {product} accept {who} with {cond} ({state})?
- {who} has {cond} ({state}) and wants {product}. [will they accept|any insurers that accept this]?
= I want to arrange {product} for {who}, who has {cond}, {state}.
! Declare it exactly as the records say. [Expect an exclusion or a loading|Moratorium cover may suit]; a broker can ask several insurers.

@ en_motor_cover motor-insurance part cause cover city
% cause = a falling tree|a tree came down ; a flood|flooding ; hail|a hailstorm ; a pothole|hitting a pothole ; vandals|vandalism ; a stone on the motorway|a flying stone on the highway ; a break-in|someone broke in ; a deer|hitting a deer ; a shopping trolley|a shopping cart ; a garage mistake|the mechanic ; rats chewing cables|rodents ; a fire in the car park|a car park fire
% cover = third party only|only third party cover ; fully comprehensive|full comprehensive cover ; a lapsed policy|my policy had lapsed ; a lease car|it's a leased car ; a learner policy|insured as a learner ; a high excess|a very high deductible
- {part} damaged by {cause} in {city}, {cover}. [does insurance pay|am I covered]?
- {cover}: will my insurer fix {part} after {cause}? {city}
- {cause} ruined {part}, I'm in {city}, {cover}. [will insurance pay|is it covered]?
- car insurance [claim|question], {city}: {part}, {cause}, {cover}, [covered or not|is it covered]?
- does insurance pay for {part} when the cause is {cause}? {cover}, {city}
- is {cause} covered for {part}? [policy:|I have:] {cover}, {city}
= My car is in {city}. {part} got damaged, cause: {cause}. Policy: {cover}.
! Check whether you have comprehensive cover. [Take photos before moving the car|Weigh the excess against your no-claims bonus], then report it promptly.

@ en_motor_denied motor-insurance reason scene car city
% reason = an undeclared modification|mods I did not declare ; a wrong address|the address was out of date ; delivery work|using it for food delivery ; a late report|reporting it late ; an expired licence|a licence that ran out ; a friend driving|a friend was at the wheel ; no MOT|an expired inspection ; keys left inside|leaving the keys in it ; wrong mileage|understated mileage
% scene = a theft|the car was stolen ; a rear-end crash|a rear-end collision ; a fire ; a write-off|a total loss ; a scraped wall|scraping a wall ; hitting a cyclist|a crash with a cyclist ; a flooded road|driving into flood water
% car = a hatchback ; an electric car|an EV ; a van ; a motorbike|a motorcycle ; a classic car|a vintage car ; a camper van|a motorhome ; a used SUV|a second-hand SUV
- insurer refused my claim for {scene} due to {reason}, {car}, {city}. [is that allowed|can they do that]?
- {reason}: can they reject a claim on {car} after {scene} in {city}?
- claim denied, {car}, {scene}, {city}, they cite {reason}. [is this legal|is that a valid reason]?
- [is|would] {reason} a reason not to pay out for {scene}? {car} insured in {city}
- my insurance on {car} is void, they say, because of {reason}; it was {scene} in {city}. [can they do that|is that right]?
- is it right to refuse a claim ({scene}, {car}) based on {reason}? {city}
= I claimed after {scene} in {city} with {car}. The insurer answered that it will not pay because of {reason}.
! The reason must be material to the loss. [Ask for the exact clause|Make a formal complaint], then go to the ombudsman.

@ en_life_claim life-insurance who issue product asker
% product = term life insurance|a term life policy ; whole life insurance|a whole life policy ; a workplace death benefit|death in service cover ; accident insurance|a personal accident policy ; mortgage life cover|a mortgage protection policy ; a funeral plan|a prepaid funeral policy
% issue = named nobody|had no beneficiary ; named an ex|still named a former partner ; named a minor|named a child under 18 ; missed a payment|missed the last premium ; lost the documents|lost the policy papers ; died abroad|died overseas ; smoked secretly|had said non-smoker ; owed money|had large debts ; died in the first year|died within a year of buying it
% asker = the second spouse|the new spouse ; the children|the kids ; the parents ; the siblings|brothers and sisters ; the stepchildren|the stepkids ; an unmarried partner|a cohabiting partner ; the creditors|the people owed money
- {who} had {product} and {issue}. [do|will] {asker} get the payout?
- {product}: {who} {issue}, [who gets the money|who is paid] - what about {asker}?
- can {asker} claim on {product} if {who} {issue}?
- {who} {issue}, is the money from {product} due to {asker}?
- [life insurance question|payout question]: {who}, {product}, {issue}, claim by {asker}
- what rights do {asker} have to {product} after {who} {issue} and passed away?
= {who} passed away with {product} in place. The problem: {who} {issue}. {asker} would like to claim.
! A named beneficiary is paid first. [Without one it goes to the estate|The insurer needs the death certificate]; ask for written reasons if refused.

@ en_life_cancel life-insurance product paid why seller who
% product = whole life insurance|a whole life policy ; an endowment|an endowment policy ; a unit-linked plan|an investment-linked plan ; an annuity ; universal life|a universal life policy ; a child education plan|an education savings plan
% paid = in the cooling-off period|still in the free-look period ; after one year|one year in ; after five years|five years in ; almost paid up|nearly paid up ; after three missed premiums|three premiums behind
% why = it costs too much|it is too expensive ; the returns are poor|it returns very little ; it was mis-sold|it was sold as a savings account ; we need cash|money is needed urgently ; a divorce|of a divorce ; we found a better one|there is a cheaper one
% seller = a bank|a bank branch ; a friend who is an agent|an agent who is a friend ; a website|an online broker ; a cold caller|a telemarketer
- {who} wants to cancel {product} {paid}, bought from {seller}; reason: {why}. [how much comes back|what is refunded]?
- surrender value of {product} {paid}? {who} bought it from {seller}, reason for leaving: {why}
- what is the refund on {product} {paid}? {who}, sold by {seller}, reason: {why}
- {seller} sold {who} {product}, it's now {paid}. how much is refunded? ({why})
- how much comes back [from|on] {product} bought by {who} from {seller}, {paid}, because: {why}
- reason: {why}. how much can {who} get back on {product} {paid}? the seller was {seller}
= {who} bought {product} from {seller}. Now, {paid}, the plan is to cancel. Reason: {why}.
! In the cooling-off period you get a full refund, later only the surrender value. [Ask for a written quote|Mis-selling can be a ground for a refund].

@ en_pension social-insurance who state plan city
% state = has a gap of five years|has five missing years ; worked in two countries|paid in in two countries ; was self-employed|worked for themselves ; was a stay-at-home parent|stayed home with children ; paid only eight years|has just eight years ; never paid in|paid nothing in ; served in the army|was in the military ; worked part time|only worked part-time jobs
% plan = to retire early|to take early retirement ; to move abroad|to retire overseas ; to buy back years|to pay for missing years ; to keep working|to work past retirement age ; to defer it|to delay taking it ; to claim a spouse's pension|to claim on a spouse's record
- {who} {state} and wants {plan}, {city}. [what pension is due|how does the state pension work]?
- state pension for {who} who {state}, hoping {plan}, {city}: [is it possible|will that work]?
- {city}: {who} {state}. [is it a good idea|is it allowed] {plan}?
- is it possible {plan} in {city} if {who} {state}?
- [question about|help with] social security for {who} in {city} who {state} and would like {plan}
- {plan}, what are the rules? {who} {state}, we live in {city}
= {who} lives in {city} and {state}. The wish is {plan}.
! Check the contribution record online first. [Missing years can often be bought|Credits exist for care and service]; ask for a forecast before deciding.

@ en_jobless social-insurance job leave state city
% leave = was laid off|was made redundant ; quit over bullying|resigned because of bullying ; was fired for misconduct|was sacked for misconduct ; finished a contract|came to the end of a contract ; moved for a spouse|quit to follow a spouse ; had hours cut|had my hours cut in half ; closed a business|shut down my own business
% state = on a visa|here on a visa ; with savings|with some savings ; with a partner who works|with a working partner ; after only five months|after just five months of work ; while studying|while at college ; with severance pay|with a redundancy payout ; while pregnant|during pregnancy
- I {leave} as {job} in {city}, {state}. [can I claim unemployment|do I get unemployment benefit]?
- unemployment benefit {state}? I {leave}, {job}, {city}, [am I eligible|do I qualify]?
- {job} in {city}, {leave}, {state}: [can I get benefit|is benefit payable]?
- [can I get|am I entitled to] jobless benefit in {city} {state}? I {leave}, used to be {job}
- is benefit refused when {job} {leave}? {state}, {city}
- {state} and I {leave}. I was {job} in {city}. [am I eligible|will I get anything] from unemployment insurance?
= I was {job} in {city} and {leave}. I would be claiming {state}.
! Apply at once, since payments rarely go back in time. [Leaving without good cause may delay payment|You need enough recent contributions].

@ en_tax_side tax income status issue city
% income = selling crafts online|an online craft shop ; renting a spare room|a lodger ; tutoring|private lessons ; crypto gains|selling crypto ; foreign dividends|dividends from abroad ; a gift from parents|money my parents gave me ; a lottery win|winning the lottery ; freelance design|freelance design work ; selling a second home|the sale of a second home ; gig driving|driving for an app ; a podcast|podcast ads
% status = a student ; a full-time employee|employed full time ; retired|a pensioner ; a new resident|newly arrived ; a stay-at-home parent ; self-employed already|already self-employed
% issue = I missed the deadline|I am past the deadline ; it was paid in cash|I got cash ; I have no receipts|I kept no receipts ; tax was already withheld|the payer withheld tax ; I made a loss|it lost money ; I got a letter from the tax office|the tax office wrote to me ; it is my first time|I have never filed before
- do I pay tax on {income} in {city}? I'm {status}, {issue}
- {issue}: tax on {income}, {status}, {city}. [do I have to pay|is anything due]?
- {status} in {city} with income from {income}, {issue}. [do I owe tax|is it taxable]?
- is {income} taxed in {city} if you are {status}? {issue}
- tax question, {city}: {income}, {status}, {issue}, [is it taxable|do I pay anything]?
- I'm {status}, {issue}, and it's about {income}. [is tax due|do I owe anything] in {city}?
= I live in {city} and I'm {status}. The income is from {income}, and {issue}.
! Declare it for the year in which you got it. [Small amounts may fall under an allowance|File late rather than never]; keep records.

@ en_tax_deduct tax cost status state city
% cost = a home office|working from home ; a laptop ; tuition fees|university tuition ; childcare|nursery fees ; a work uniform|work clothes ; travel to clients|driving to clients ; medical bills|medical expenses ; charity gifts|donations to charity ; mortgage interest ; moving costs|relocation costs ; union dues|a union membership ; a phone contract|a mobile plan
% status = an employee|a salaried employee ; a freelancer|freelance ; a landlord ; a company director|the director of a small firm ; a contractor|an independent contractor ; a student ; a married couple|married and filing together
% state = no receipts|the receipts are lost ; half private use|also used privately ; the employer paid part|my employer covered part ; it was last year|it was paid last year ; paid abroad|it was paid in another country ; the return is already filed|I have already filed
- can I deduct {cost} in {city}? status: {status}, {state}
- {cost}: [tax deductible or not|is it deductible] for {status} in {city}? {state}
- {status} in {city}, {state}, [can I claim|am I able to claim] {cost} on my tax return?
- {state} - is {cost} still an allowable expense? {status}, {city}
- can {status} write off {cost} in {city}? {state}
- tax return [help|question] ({city}): {status}, {cost}, {state}, [deductible|can I claim it]?
= I file in {city}, status: {status}. It is about {cost}; {state}.
! It must be incurred for the work itself. [Only the business share counts|You can usually amend a filed return]; keep evidence.

@ en_bank_fraud banking fraud paid bank delay city
% fraud = a fake text from the bank|a text that looked like the bank ; a romance scam|someone I met on a dating app ; a fake landlord|a rental scam ; a cloned card|card cloning ; an online shop that vanished|a fake web shop ; a hacked email invoice|a changed invoice ; a crypto platform|a fake crypto site ; a SIM swap ; a caller posing as police|a fake police call
% paid = by transfer|by bank transfer ; by debit card ; by credit card ; by gift cards|with gift cards ; through a payment app|with a payment app ; by standing order
% bank = a high street bank|a big bank ; an online bank|an app-only bank ; a credit union ; a building society ; a foreign bank|a bank abroad
% delay = an hour ago|just an hour ago ; yesterday ; last week|a week ago ; six months ago|half a year ago
- lost money to {fraud}, paid {paid} {delay}, {bank}, {city}. [can I get it back|will the bank refund me]?
- {bank} refuses a refund: {fraud}, {paid}, {delay}, {city}. [can they do that|are they liable]?
- {delay} I fell for {fraud} and paid {paid} from {bank}, {city} - [can I get a refund|will I get it back]?
- [scammed|defrauded] {paid} ({fraud}) {delay}; is {bank} in {city} liable?
- refund rights in {city} for {fraud} if paid {paid} {delay} at {bank}?
- does {bank} have to pay me back after {fraud}? paid {paid}, {delay}, {city}
= I live in {city}. {delay} I paid {paid} because of {fraud}. My account is with {bank}.
! Call the bank's fraud line at once and report it to the police. [Card payments can be charged back|Complain in writing if refused], then go to the ombudsman.

@ en_account banking bank problem kind city
% bank = a high street bank|a big bank ; an online bank|an app-only bank ; a credit union ; a building society ; a foreign bank|a bank abroad ; a payment app|a wallet app
% problem = closed without notice|shut with no warning ; frozen for review|blocked for a review ; locked after a house move|blocked since I moved ; refused for bad credit|turned down for bad credit ; overdrawn by fees|in the red due to charges ; blocked by a court order|frozen by a court ; hit by a wrong direct debit|debited by mistake ; stuck because of a name change|stuck after my name changed
% kind = a salary account|the account my wages go to ; a joint account ; a business account|a company account ; a child's account|my kid's account ; a student account ; an account of a dead relative|the account of someone who died ; a savings account ; a basic account|a no-frills account
- {kind} with {bank} in {city} was {problem}, [what can I do|how do I fix this]?
- {problem}: {kind}, {bank}, {city}. [how do I fix it|what now]?
- {bank} again: {kind}, {problem}, {city}. [what to do|any way to fix this]?
- {bank} {city}: {kind} {problem}, [what can I do|how do I solve this]?
- [need help|advice needed], {city}, {kind} {problem} ({bank})
- how do I sort out {kind} at {bank} that was {problem}? I'm in {city}
= {kind} at {bank} in {city} was {problem}. Support keeps sending the same reply.
! Ask for the reason in writing and send ID and proof of funds. [Use the formal complaint process|Open a second account for bills]; the ombudsman is free.

@ en_mortgage banking bank plan rate state city
% bank = a high street bank|a big bank ; an online lender ; a credit union ; a building society ; a broker|a mortgage broker
% plan = overpay|make extra payments ; remortgage|refinance ; pay it off|repay all of it ; add a partner|put my partner on it ; remove an ex|take my ex off it ; take a payment break|pause the payments ; move house with it|port it to a new house ; let the property|rent the place out
% rate = a fixed rate|a fixed-rate deal ; a tracker|a variable rate ; interest only|an interest-only deal ; a shared ownership deal|shared ownership
% state = self-employed now|I'm now self-employed ; on maternity leave ; with bad credit|my credit is poor ; after a pay cut|my pay was cut ; in negative equity|the house is worth less than the loan ; one year in|one year into the deal
- mortgage with {bank}, {rate}: can I {plan}? {state}, {city}
- want to {plan}, {rate}, {state}, lender: {bank}, {city}. [is that possible|am I allowed to]?
- {state}, [will they let me|am I allowed to] {plan}? {rate} from {bank}, {city}
- [is it possible|is it allowed] to {plan} on {rate} with {bank} in {city}? {state}
- {city}, {rate}, {bank}: am I able to {plan}? {state}
- does {bank} allow you to {plan} on {rate}? {state}, home in {city}
= Our home is in {city}, the mortgage is {rate} with {bank}; {state}. I want to {plan}.
! Check the early repayment charge and the affordability rules. [Ask for a written illustration|A broker can compare deals] before you commit.

@ en_faulty consumer goods flaw reply place
% goods = a phone ; a laptop ; a washing machine|a washer ; a sofa|a couch ; a mattress ; a wedding dress ; a bicycle|a bike ; a TV|a television ; a fridge|a refrigerator ; a headset|a pair of headphones ; a pram|a stroller ; a coffee machine|an espresso machine ; a puppy ; a used car|a second-hand car ; a gaming console|a games console ; a pair of trainers|a pair of running shoes
% flaw = broke after a week|stopped working within a week ; broke after eleven months|failed at eleven months ; arrived damaged|was damaged on arrival ; is the wrong size|does not fit ; is a fake|is counterfeit ; never arrived|was never delivered ; looks different from the photo|is not as pictured ; got cheaper the next day|dropped in price a day later ; overheats|gets dangerously hot ; has missing parts|came with parts missing ; is no longer wanted|turned out not to be needed
% reply = only offers a voucher|gives store credit only ; blames me|says I broke it ; says go to the maker|sends me to the manufacturer ; wants return postage|makes me pay return shipping ; went silent|stopped answering ; charges a restocking fee|wants a restocking fee ; only repairs it|insists on a repair ; says opened means no return|refuses because it was opened
% place = online|on a website ; in a store|in a shop ; from a private seller|from a private person ; on a marketplace|through an online marketplace ; from a seller abroad|from an overseas shop ; in a sale|in a clearance sale
- bought {goods} {place}, it {flaw}, seller {reply}. [can I get a refund|what are my rights]?
- {goods} {flaw}, bought {place}, and the shop {reply}, [can I get my money back|am I due a refund]?
- the seller {reply}: {goods} bought {place} {flaw}. [refund|can I get a refund]?
- [refund|money back] for {goods} bought {place}? it {flaw} and the seller {reply}
- can I return {goods} that {flaw}? bought {place}, the retailer {reply}
- can a shop refuse a refund when {goods} bought {place} {flaw}? the seller {reply}
= I bought {goods} {place} and it {flaw}. I contacted the seller, who {reply}.
! Faulty goods give a right to repair, replacement or refund from the seller. [Online orders have a cooling-off period|Card issuers can charge back].

@ en_trip consumer item cause rule city channel
% item = a flight to|a plane ticket to ; a hotel in|a hotel room in ; a package tour to|a package holiday to ; a concert in|concert tickets in ; a cruise from ; a holiday rental in|a short-term rental in ; a rental car in|a hire car in ; a train to|a rail ticket to ; a language course in|a language school in
% cause = I got sick|I fell ill ; the airline cancelled|the flight was cancelled ; a storm|a hurricane warning ; a visa refusal|my visa was refused ; a death in the family|a relative died ; a wrong date|I booked the wrong date ; a misspelled name|my name was misspelled ; a strike ; a new job|I start a new job ; pregnancy|I am pregnant
% rule = non-refundable|it says no refunds ; voucher only|they offer only a voucher ; a 50% fee|they keep half ; no answer|nobody answers ; site and operator blame each other|each side points at the other ; a rebooking charge|they want a rebooking fee
% channel = a booking site|a travel website ; the official site|the company's own site ; a travel agent|a travel agency ; a resale site|a resale platform ; a discount app|a last-minute deals app
- can I get a refund for {item} {city}? {cause}, {rule}, booked with {channel}
- {cause}: {item} {city}, booked via {channel}, {rule}. [can I get my money back|do I get a refund]?
- {rule} for {item} {city} booked through {channel}, even though: {cause}. [can I still get a refund|is a refund due]?
- {channel} won't refund {item} {city}, {rule}, reason: {cause}. [do they have to|can I insist]?
- cancel {item} {city}, reason: {cause}. {channel}, {rule}. [do I get a refund|any way to get money back]?
- [am I able to|can I] claim back money for {item} {city}, {channel}, when {cause} and {rule}?
= I booked {item} {city} through {channel}. Then: {cause}. The answer so far: {rule}.
! If the provider cancelled, a refund is due. [Otherwise the fare rules apply|Travel insurance may cover it]; ask for taxes and unused parts back.

@ en_gym consumer shop cause state city
% shop = a gym|a fitness club ; a phone plan|a mobile contract ; a broadband contract|an internet contract ; a streaming service|a streaming subscription ; a dating site|a dating app ; a language school|language classes ; a nursery|a daycare ; a yoga studio ; a meal kit|a meal box subscription ; a storage unit|self storage ; a driving school|driving lessons ; a beauty salon package|a salon package
% cause = I am moving|I'm moving away ; I'm injured|an injury ; I lost my job|I am out of work ; the price went up|they raised the price ; the quality got worse|the service got worse ; they closed the branch|the local branch shut ; I forgot the free trial|the free trial ran out ; I'm pregnant|a pregnancy
% state = twelve months left|a year still to run ; a rolling contract|it is month to month ; no written contract|nothing signed ; paid a year ahead|a year paid up front ; it auto-renewed|it renewed by itself ; they demand a fee|an exit fee is demanded ; they ignore my emails|emails go unanswered ; they keep charging me|the charges go on after I cancelled
- how do I cancel {shop} in {city}? {cause}, {state}
- {cause}, can I get out of {shop}? {state}, {city}
- {state}: want to end {shop} in {city}, {cause}. [how do I do that|is there a way out]?
- {shop} won't let me cancel, {city}, {cause}, {state}, [how do I get out|what can I do]?
- [cancel|terminate] {shop}: {cause}, {state}, {city}. [how|how do I do it]?
- what is the [way|right way] to end {shop} in {city}? {state}, {cause}
= I signed up for {shop} in {city}. {cause}, so I want to stop, but {state}.
! Read the notice clause and cancel in writing. [A price rise often gives a right to leave|Unfair exit fees can be challenged]; stop payments only after notice.
"""

OPENERS = {
    "zh": ["", "", "您好，", "你好！", "情况是这样的：", "简单说一下情况，", "补充一下：", "事情经过："],
    "en": ["", "", "Hi. ", "Hello, ", "Some background: ", "Details: ", "Hi all, "],
}
CLOSERS = {
    "zh": ["", "", "网上说法都不一样，不知道该信哪个。", "希望懂的人帮忙看看，谢谢。", "家里人都很着急。",
           "打过电话问，对方说得也不清楚。", "现在最想知道该先做哪一步。", "麻烦说得具体一点。", "这种事第一次遇到。",
           "不想走弯路，所以来问问。", "如果要花钱请人，大概值不值得？", "拖了一阵子了，一直没解决。"],
    "en": ["", "", "I found conflicting answers online.", "Any advice is welcome.", "Thanks in advance.",
           "I would like to know what to do first.", "This is new to me.", "I can't really afford a lawyer.",
           "I called a helpline but they were vague.", "It has been dragging on for a while."],
}
PREFIXES = {
    "zh": [""] * 12 + ["请问", "请问", "请问一下，", "想咨询一下，", "咨询一下：", "急！", "求助：", "想问问，", "您好，",
                       "问一下，", "麻烦问下，", "在线等，", "各位老师，", "有没有懂的，"],
    "en": [""] * 14 + ["Hi, ", "Question: ", "Please help: ", "Urgent: ", "Quick question - ", "Help! ", "Hello, "],
}
SUFFIXES = {
    "zh": ["？"] * 7 + ["?"] * 2 + [""] * 5 + ["，谢谢", "？谢谢！", "，求解答", "？急", "？？", "，求懂的人说说", "。"],
    "en": [""] * 10 + [" Thanks", " Thank you!", " Any ideas?", " Any advice appreciated."],
}

# None of these may turn one slot value into another one.
ZH_TYPOS = [
    ("赔偿", "陪偿"), ("账", "帐"), ("怎么", "怎末"), ("需要", "须要"), ("老板", "老版"), ("协议", "协义"),
    ("贷款", "代款"), ("报销", "抱销"), ("理赔", "理陪"), ("合同", "和同"), ("公司", "公私"), ("保险", "保险险"),
    ("在", "再"), ("做", "作"), ("拒赔", "拒陪"), ("离婚", "离昏"), ("遗嘱", "遗属"), ("逾期", "愈期"), ("退", "腿"),
    ("申请", "审请"), ("起诉", "启诉"), ("投诉", "投述"), ("担保", "但保"), ("提取", "题取"), ("征信", "证信"),
    ("个税", "各税"), ("社保", "设保"), ("医保", "依保"), ("押金", "压金"), ("抚养", "扶养"), ("吗", "嘛"),
    ("办", "扮"), ("的", "得"), ("了", ""), ("能", "能能"),
]
FULL = {c: c + 0xFEE0 for c in range(0x21, 0x7F)}
HALF = {0xFF0C: ",", 0xFF1F: "?", 0xFF01: "!", 0xFF1A: ":", 0xFF08: "(", 0xFF09: ")"}

TOKEN = re.compile(r"\[([^\]]*)\]|\{(\w+)\}")
SENTENCE = re.compile(r"(?:^|[.!?] )[a-z]")
WORD = re.compile(r"[a-z]{6,}")


class Intent:
    """One block of the tables, compiled for fast rendering."""

    def __init__(self, block, shared, lang):
        lines = block.strip().split("\n")
        _, self.name, self.category, *names = lines[0].split(" ")
        local = read_slots("\n".join(lines[1:]), lang)
        self.lang = lang
        self.slots = [local[n] if n in local else shared[n] for n in names]
        self.size = 1
        for values in self.slots:
            self.size *= len(values)
        rest = {mark: [l[2:] for l in lines if l.startswith(mark)] for mark in "-=!%"}
        self.titles = [compile_text(text, names) for text in rest["-"]]
        self.facts = compile_text(rest["="][0], names)
        self.answer = compile_text(rest["!"][0], names)
        self.check(names, rest)

    def check(self, names, rest):
        """A title that leaves out a slot would make two identities look alike."""
        if len(self.titles) < 6:
            raise ValueError(f"{self.name}: fewer than six titles")
        for text in rest["-"]:
            if sorted(slot for _, slot in TOKEN.findall(text) if slot) != sorted(names):
                raise ValueError(f"{self.name}: not every slot once: {text}")
        for line in rest["%"]:
            if line.split(" = ")[0] not in names:
                raise ValueError(f"{self.name}: unused slot: {line}")
        for values in self.slots:
            wordings = [w for value in values for w in set(value)]
            if len(wordings) != len(set(wordings)):
                raise ValueError(f"{self.name}: two values share a wording")

    def values(self, number):
        """The slot values of the identity with this number (mixed radix)."""
        chosen = []
        for values in self.slots:
            number, digit = divmod(number, len(values))
            chosen.append(values[digit])
        return chosen


def read_slots(text, lang):
    """Slot name -> list of values, each a tuple of synonyms."""
    slots = {}
    for line in text.split("\n"):
        if not line.startswith("% "):
            continue
        name, values = line[2:].split(" = ")
        slots[name] = [tuple(v.strip().split("|")) for v in values.split(";")]
    if lang == "zh" and "city" in slots:
        slots["city"] = [(c, c, c, c + "市") for (c,) in slots["city"]]
    return slots


def compile_text(text, names):
    """Split a template: str = fixed text, tuple = free choice, int = slot."""
    parts, end = [], 0
    for match in TOKEN.finditer(text):
        parts.append(text[end:match.start()])
        choice, slot = match.groups()
        parts.append(names.index(slot) if slot else tuple(choice.split("|")))
        end = match.end()
    parts.append(text[end:])
    return [part for part in parts if part != ""]


def read_intents(text, slots, lang):
    shared = read_slots(slots, lang)
    return [Intent(block, shared, lang) for block in text.strip().split("\n\n")]


def pick(rng, options):
    return options[int(rng.random() * len(options))]


def render(rng, parts, values):
    out = []
    for part in parts:
        if type(part) is int:
            part = pick(rng, values[part])
        elif type(part) is tuple:
            part = pick(rng, part)
        out.append(part)
    return "".join(out)


def sentence_case(text):
    return SENTENCE.sub(lambda m: m.group().upper(), text)


def typo(rng, text, lang):
    if lang == "zh":
        fits = [pair for pair in ZH_TYPOS if pair[0] in text]
        return text.replace(*pick(rng, fits), 1) if fits else text
    words = list(WORD.finditer(text))
    if not words:
        return text
    word = pick(rng, words)
    i = word.start() + 1 + int(rng.random() * (len(word.group()) - 3))
    # Swap two letters, drop one, or double one.
    return text[:i] + pick(rng, (text[i + 1] + text[i], text[i + 1], text[i] * 2 + text[i + 1])) + text[i + 2:]


def repunctuate(rng, text, lang):
    if lang == "zh":
        return text.replace("，", pick(rng, (" ", ",", "、", "，，", ""))).rstrip("？?。")
    return pick(rng, (text.lower(), text.replace(",", ""), text.replace("'", "’"), text.replace("?", "??")))


def noise(rng, text, lang):
    """A small slip of the hand, which leaves the identity as it is."""
    kind = rng.random()
    if kind < 0.45:
        return typo(rng, text, lang)
    if kind < 0.75 or lang == "en":
        return repunctuate(rng, text, lang)
    return text.translate(FULL if rng.random() < 0.5 else HALF)


def make_title(rng, intent, values, used, noisy):
    """A title from a template not in `used`, which it joins."""
    free = [i for i in range(len(intent.titles)) if i not in used]
    used.append(pick(rng, free))
    prefix, suffix = pick(rng, PREFIXES[intent.lang]), pick(rng, SUFFIXES[intent.lang])
    text = render(rng, intent.titles[used[-1]], values)
    if not prefix and rng.random() < 0.75:
        text = text[0].upper() + text[1:]
    if suffix and intent.lang == "en" and text[-1] != "?":
        suffix = "." + suffix
    text = prefix + text + suffix
    return noise(rng, text, intent.lang) if rng.random() < noisy else text


def make_body(rng, intent, values):
    facts = sentence_case(render(rng, intent.facts, values))
    closers = CLOSERS[intent.lang]
    parts = [facts, pick(rng, closers)]
    if rng.random() < 0.3:
        parts.append(pick(rng, closers))
    # dict.fromkeys: the same closing sentence must not come twice.
    text = ("" if intent.lang == "zh" else " ").join(p for p in dict.fromkeys(parts) if p)
    return pick(rng, OPENERS[intent.lang]) + text


class Identities:
    """Draws identities, never the same one twice."""

    ENGLISH = 0.15

    def __init__(self, rng):
        self.rng = rng
        self.seen = set()
        self.intents = {
            "zh": read_intents(ZH_INTENTS, ZH_SLOTS, "zh"),
            "en": read_intents(EN_INTENTS, EN_SLOTS, "en"),
        }
        # Square root: large intents come more often, small ones do not vanish.
        self.weights = {
            lang: [min(intent.size, 1_000_000) ** 0.5 for intent in intents]
            for lang, intents in self.intents.items()
        }
        self.ids = {
            intent.name: i for i, intent in enumerate(self.intents["zh"] + self.intents["en"])
        }

    def draw(self):
        lang = "en" if self.rng.random() < self.ENGLISH else "zh"
        while True:
            intent = self.rng.choices(self.intents[lang], self.weights[lang])[0]
            number = int(self.rng.random() * intent.size)
            key = number * len(self.ids) + self.ids[intent.name]
            if key not in self.seen:
                self.seen.add(key)
                return intent, number


class Group:
    """The questions written so far for one identity."""

    def __init__(self, intent, number):
        self.intent = intent
        self.slot_values = intent.values(number)
        self.used = []
        self.titles = []

    def next_title(self, rng):
        if self.titles and rng.random() < 0.1:
            title = pick(rng, self.titles)
        else:
            noisy = 0.3 if self.titles else 0.08
            title = make_title(rng, self.intent, self.slot_values, self.used, noisy)
        self.titles.append(title)
        return title


def plan_groups(rng, n, rate):
    """For each question its group number, 0 for none; and the size of each group."""
    extra = round(n * rate)
    owner, sizes = array.array("i", [0]) * n, [0]
    place = 0
    while extra:
        more = 1
        while more < min(5, extra) and rng.random() < 0.25:
            more += 1
        extra -= more
        for _ in range(more + 1):
            owner[place] = len(sizes)
            place += 1
        sizes.append(more + 1)
    rng.shuffle(owner)
    return owner, sizes


def questions(rng, n, rate):
    """Yield (record, group number) in the order of the ids."""
    owner, left = plan_groups(rng, n, rate)
    identities = Identities(rng)
    open_groups = {}
    time = datetime.datetime(2021, 3, 1, 8)
    for i in range(n):
        number = owner[i]
        group = open_groups.get(number) or Group(*identities.draw())
        if number:
            # A finished group is dropped, so memory holds the open ones only.
            left[number] -= 1
            open_groups[number] = group
            if not left[number]:
                del open_groups[number]
        time += datetime.timedelta(seconds=1 + int(rng.random() * 60))
        yield record(rng, i + 1, group, time), number


def record(rng, i, group, time):
    intent, values = group.intent, group.slot_values
    out = {"id": f"q{i:06d}", "title": group.next_title(rng)}
    if rng.random() < 0.5:
        out["body"] = make_body(rng, intent, values)
    out["category"] = intent.category
    out["language"] = intent.lang
    if rng.random() < 0.6:
        out["answer"] = sentence_case(render(rng, intent.answer, values))
    out["created_at"] = time.isoformat() + "Z"
    return out


def share(text):
    value = float(text)
    # Every duplicate may need an original of its own.
    if not 0 <= value <= 0.5:
        raise argparse.ArgumentTypeError("must be between 0 and 0.5")
    return value


def main():
    parser = argparse.ArgumentParser(description="Write a corpus of questions with planted duplicates.")
    parser.add_argument("n", metavar="N", type=int, help="number of questions")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--duplicates", type=share, default=0.15, help="share of duplicates, 0 to 0.5")
    parser.add_argument("--out", default="questions.jsonl")
    parser.add_argument("--truth", default="truth.tsv")
    args = parser.parse_args()
    rng = random.Random(args.seed)
    dump = json.JSONEncoder(ensure_ascii=False).encode
    with open(args.out, "w", encoding="utf-8") as out, open(args.truth, "w", encoding="utf-8") as truth:
        truth.write("group\tid\n")
        for question, group in questions(rng, args.n, args.duplicates):
            out.write(dump(question) + "\n")
            if group:
                truth.write(f"g{group:06d}\t{question['id']}\n")


if __name__ == "__main__":
    main()
